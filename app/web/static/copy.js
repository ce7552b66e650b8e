// Puts what stands in a field into the clipboard; without it, the field is marked and copied by hand.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copies]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copies);
      const told = button.parentElement.querySelector("[role=status]");
      try {
        await navigator.clipboard.writeText(field.value);
        told.textContent = button.dataset.done;
      } catch {
        field.select();
        told.textContent = button.dataset.failed;
      }
    });
  }
}
