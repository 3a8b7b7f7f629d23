document.addEventListener("DOMContentLoaded", function () {
  setUpTheme();
  setUpCode();
  setUpScrolling();
  setUpPrinting();
  setUpContents();
  setUpKeys(setUpSearch());
  setUpMemory();
  setUpProgress();
  setUpPredictions();
  setUpRuns();
  setUpExercises();
  setUpLabs();
  setUpLive();
});
