// Search the headings and the glossary: every word typed must stand in the entry.
const box = document.getElementById("search");
const found = document.getElementById("found");

function matches(entry, words) {
  const text = entry.text.toLowerCase();
  return words.every((word) => text.includes(word));
}

function show() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = words.length ? ENTRIES.filter((entry) => matches(entry, words)) : [];
  found.replaceChildren();
  for (const hit of hits.slice(0, 40)) {
    const link = document.createElement("a");
    link.href = hit.page;
    link.textContent = hit.text;
    const item = document.createElement("li");
    item.append(link);
    found.append(item);
  }
  document.getElementById("count").textContent = words.length ? `${hits.length} found` : "";
}

box.addEventListener("input", show);
