# Sorts numbers by insertion; tells on standard error how often it compared two.
function less(x, y) { n++; return x < y }
{ a[NR] = $1 + 0 }
END {
  for (i = 2; i <= NR; i++)
    for (j = i - 1; j > 0; j--)
      if (less(a[j + 1], a[j])) { x = a[j]; a[j] = a[j + 1]; a[j + 1] = x }
  for (i = 1; i <= NR; i++) print a[i]
  print n > "/dev/stderr"
}
