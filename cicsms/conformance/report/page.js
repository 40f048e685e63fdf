(function () {
  var rows = Array.from(document.querySelectorAll("tbody tr"));
  var chips = Array.from(document.querySelectorAll("button.chip"));
  var box = document.querySelector("input[type=search]");
  var grade = "";
  function show() {
    var words = box.value.toLowerCase();
    rows.forEach(function (row) {
      var right = grade === "" || row.dataset.grades.split(" ").includes(grade);
      row.hidden = !(right ? row.textContent.toLowerCase().includes(words) : false);
    });
  }
  chips.forEach(function (chip) {
    chip.addEventListener("click", function () {
      grade = grade === chip.dataset.grade ? "" : chip.dataset.grade;
      chips.forEach(function (one) { one.setAttribute("aria-pressed", String(one.dataset.grade === grade)); });
      show();
    });
  });
  box.addEventListener("input", show);
})();
