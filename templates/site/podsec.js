// The filter of the list of rules. What is chosen stands behind the # of the address, so that it can be sent to somebody.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector(".podsec-filter");
  if (!form) return;
  const rules = [...document.querySelectorAll(".podsec-rules > li")];
  const count = document.querySelector(".podsec-count");
  const none = document.querySelector(".podsec-none");
  const clear = document.querySelector(".podsec-found button");
  const selects = [...form.querySelectorAll("select")];
  const words = form.querySelector("input");

  const fits = (rule) =>
    selects.every((one) => !one.value || rule.dataset[one.name].split(" ").includes(one.value)) &&
    words.value.toLowerCase().split(/\s+/).every((word) => rule.text.includes(word));

  const show = () => {
    let shown = 0;
    for (const rule of rules) {
      rule.hidden = !fits(rule);
      shown += !rule.hidden;
    }
    count.textContent = shown === rules.length ? `${shown} rules` : `${shown} of ${rules.length} rules`;
    none.hidden = shown > 0;
    clear.hidden = ![...selects, words].some((one) => one.value);
  };

  const remember = () => {
    const chosen = [...selects, words].filter((one) => one.value);
    const hash = new URLSearchParams(chosen.map((one) => [one.name, one.value])).toString();
    history.replaceState(null, "", hash ? `#${hash}` : "#");
  };

  const recall = () => {
    const chosen = new URLSearchParams(location.hash.slice(1));
    for (const one of [...selects, words]) one.value = chosen.get(one.name) || "";
    for (const one of selects) if (one.selectedIndex < 0) one.value = "";
    show();
  };

  for (const rule of rules) rule.text = `${rule.textContent} ${rule.dataset.words}`.toLowerCase();
  for (const event of ["input", "change"]) form.addEventListener(event, () => { show(); remember(); });
  form.addEventListener("reset", () => setTimeout(() => { show(); remember(); }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = rules.find((rule) => !rule.hidden);
    if (first) location.href = first.querySelector("a").href;
  });
  window.addEventListener("hashchange", recall);
  form.hidden = false;
  recall();
});
