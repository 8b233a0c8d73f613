// Saves a click; without JavaScript the button does the same.
document.getElementById("verder").submit();
