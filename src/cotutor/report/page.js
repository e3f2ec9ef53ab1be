"use strict";
// Shows one task at a time; without this script all of them stand on the page.
(() => {
  const choices = [...document.querySelectorAll(".task-choice")];
  const parts = [...document.querySelectorAll(".by-task")];

  function choose(section, task) {
    const inside = parts.filter((part) => part.closest("section") === section);
    if (!inside.some((part) => part.dataset.task === task)) return;
    for (const part of inside) part.classList.toggle("chosen", part.dataset.task === task);
    const choice = section.querySelector(".task-choice");
    if (choice) choice.value = task;
  }

  for (const choice of choices) {
    choice.addEventListener("change", () => {
      const before = choice.getBoundingClientRect().top;
      for (const other of choices) choose(other.closest("section"), choice.value);
      window.scrollBy({ top: choice.getBoundingClientRect().top - before, behavior: "instant" });
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.activeElement?.closest(".about")?.blur();
  });
})();
