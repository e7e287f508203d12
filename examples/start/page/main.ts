document.title = "Roomline";
