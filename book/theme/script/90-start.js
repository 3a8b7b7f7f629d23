document.addEventListener("DOMContentLoaded", function () {
  setUpTheme();
  setUpCode();
  setUpScrolling();
  setUpPrinting();
  setUpContents();
  setUpKeys(setUpSearch());
  setUpQuizzes();
  setUpMemory();
  setUpProgress();
  // The whole book on one page is for printing: there is nothing to press in it.
  if (!document.body.classList.contains("whole")) {
    setUpPredictions();
    setUpRuns();
    setUpExercises();
    setUpLabs();
    setUpTracesHere(); // it keeps the pictures as they are without players
    setUpTraces();
  }
  setUpLive();
});
