// Numbers as the program writes them (src/render/number.rs): four significant digits, a unit of a readable size.

const MISSING = '-';

/** A number in so many significant digits, without zeros at the end; whole digits are never cut. */
function digits(value, significant = 4) {
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size < -4 || size >= 15) return value.toExponential(significant - 1).replace(/\.?0*e\+?/, 'e');
  const text = value.toFixed(Math.min(Math.max(significant - 1 - size, 0), 20));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** The step of a scale ([suffix, size, from], ascending) that a value reaches once it is rounded. */
function stepOf(value, scale) {
  const reaches = ([, size, from]) => Number((Math.abs(value) / size).toPrecision(4)) * size >= from * (1 - 1e-9);
  return scale.findLast(reaches) ?? scale[0];
}

/** A value with its unit. */
function valueText(value, scale) {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  const zero = scale.find(([, size]) => size === 1) ?? scale[0];
  const [suffix, size] = value === 0 ? zero : stepOf(value, scale);
  return digits(value / size) + suffix;
}

/** A change as a ratio: +5.0 %, from the double on ×3.2, below a hundredth ÷250. */
function changeText(ratio) {
  if (ratio === null || !Number.isFinite(ratio)) return MISSING;
  const factor = 1 + ratio;
  if (factor >= 2) return '×' + timesText(factor);
  if (factor > 0 && factor < 0.01) return '÷' + timesText(1 / factor);
  const percent = Math.abs(ratio) * 100;
  const text = percent.toFixed(percent >= 0.005 && percent < 0.095 ? 2 : 1);
  return (Number(text) === 0 ? '' : ratio < 0 ? '-' : '+') + text + ' %';
}

function timesText(factor) {
  return factor < 9.95 ? factor.toFixed(1) : factor < 9999.5 ? factor.toFixed(0) : digits(factor);
}

/** The day of seconds since 1970. */
function dayText(seconds) {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? MISSING : date.toISOString().slice(0, 10);
}

/** 1 commit, 2 commits. */
function countText(count, one, many = one + 's') {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
