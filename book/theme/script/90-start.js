document.addEventListener("DOMContentLoaded", function () {
  setUpTheme();
  setUpCode();
  setUpScrolling();
  setUpPrinting();
  setUpContents();
  setUpKeys(setUpSearch());
  setUpMemory();
  setUpLive();
});
