const root = document.documentElement;

// Theme. It runs before anything is painted: the page never flashes.

const THEMES = ["auto", "light", "dark"];
const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");

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
    // The first press shows what the system does not.
    const order = systemIsDark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    const next = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
    root.dataset.theme = next;
    try {
      localStorage.setItem("workbook-theme", next);
    } catch {
      // it holds for this page
    }
    label();
  });
}
