// Small enhancements; every page works without them.
(() => {
  const header = document.querySelector("[data-header]");
  const toggle = document.querySelector("[data-menu-toggle]");
  if (header && toggle) {
    const set = (open) => {
      header.toggleAttribute("data-open", open);
      toggle.setAttribute("aria-expanded", String(open));
    };
    document.documentElement.classList.add("has-js");
    toggle.addEventListener("click", () => set(!header.hasAttribute("data-open")));
    header.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && header.hasAttribute("data-open")) {
        set(false);
        toggle.focus();
      }
    });
  }

  // Two prices per plan: one radio group decides which is shown.
  for (const group of document.querySelectorAll("[data-billing]")) {
    group.addEventListener("change", (event) => {
      group.closest("section").dataset.period = event.target.value;
    });
  }

  // Pictures that open in a dialog.
  const dialog = document.createElement("dialog");
  if (typeof dialog.showModal === "function") {
    dialog.className = "lightbox";
    for (const link of document.querySelectorAll("[data-lightbox]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        const picture = link.querySelector("img").cloneNode();
        const close = document.createElement("button");
        close.type = "button";
        close.textContent = "Close";
        close.addEventListener("click", () => dialog.close());
        dialog.replaceChildren(picture, close);
        if (!dialog.isConnected) document.body.append(dialog);
        dialog.showModal();
      });
    }
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }
})();
