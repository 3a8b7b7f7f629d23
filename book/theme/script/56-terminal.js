// Text from a terminal, in its colours. Whatever is not a colour is left out: nothing in it is ever taken for markup.

const ESCAPES = /\x1b\[([0-9;]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][\s\S]*?(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]|[\x00-\x08\x0b-\x1f\x7f]/g;

// The text as pieces, each in the classes of its style.
function coloured(text) {
  const out = document.createDocumentFragment();
  let styles = new Set();
  let done = 0;
  function put(end) {
    if (end <= done) return;
    const piece = text.slice(done, end);
    out.append(styles.size > 0 ? element("span", piece, Array.from(styles).join(" ")) : piece);
  }
  for (const match of text.matchAll(ESCAPES)) {
    put(match.index);
    done = match.index + match[0].length;
    if (match[1] !== undefined) styles = styled(styles, match[1]);
  }
  put(text.length);
  return out;
}

// The styles after a sequence of SGR numbers: bold, faint, and the sixteen colours.
function styled(before, numbers) {
  let styles = new Set(before);
  const codes = numbers.split(";").map(Number);
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i];
    const colour = code >= 90 && code <= 97 ? code - 60 : code;
    if (code === 0) styles = new Set();
    else if (code === 1) styles.add("sgr-bold");
    else if (code === 2) styles.add("sgr-faint");
    else if (code === 22) { styles.delete("sgr-bold"); styles.delete("sgr-faint"); }
    else if (code === 38 || code === 48) i += codes[i + 1] === 5 ? 2 : 4; // a colour of another palette
    else if (colour >= 30 && colour <= 37 || code === 39) {
      for (const style of Array.from(styles)) if (/^sgr-3/.test(style)) styles.delete(style);
      if (code !== 39) styles.add("sgr-" + colour);
    }
  }
  return styles;
}
