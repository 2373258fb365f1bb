"""The catalogue as a static site: `pages` makes its Markdown of the rules, `generator` lets Zensical render it."""
