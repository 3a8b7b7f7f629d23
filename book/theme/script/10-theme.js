const root = document.documentElement;

// Theme. It runs before anything is painted: the page never flashes.

const THEMES = ["auto", "light", "dark"];

function storedTheme() {
  try {
    const theme = localStorage.getItem("workbook-theme");
    return THEMES.includes(theme) ? theme : "auto";
  } catch {
    return "auto"; // storage may be forbidden
  }
}

root.dataset.theme = storedTheme();

function setUpTheme() {
  const button = document.getElementById("theme");
  function label() {
    const text = "Theme: " + root.dataset.theme;
    button.setAttribute("aria-label", text);
    button.title = text;
  }
  button.hidden = false;
  label();
  button.addEventListener("click", function () {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
    root.dataset.theme = next;
    try {
      localStorage.setItem("workbook-theme", next);
    } catch {
      // it holds for this page
    }
    label();
  });
}
