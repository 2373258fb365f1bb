"""Words that an engine, or a tool beside it, keeps for itself: no rule and no variable may be called so."""

REGO = frozenset((
    "as", "contains", "data", "default", "else", "every", "false", "if", "import",
    "in", "input", "not", "null", "package", "some", "true", "with",
))  # fmt: skip
KUSTOMIZE = frozenset(("kustomization",))
