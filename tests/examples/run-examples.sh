#!/bin/sh
# Runs the example programs on a short recording, as TAP.
# usage: run-examples.sh LIVE_CAPTIONS CAPTIONS_PY SEW_TRANSCRIBE MODEL_FOLDER RECORDING SPEECH ELEMENTS_MD
set -u
live_captions=$1 captions=$2 sew_transcribe=$3 model=$4 recording=$5 speech=$6 elements_md=$7
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
number=0 failed=0

report() { # STATUS NAME
  number=$((number + 1))
  if [ "$1" = 0 ]; then
    echo "ok $number - $2"
  else
    echo "not ok $number - $2"
    sed 's/^/# /' "$folder/output"
    failed=1
  fi
}

skip() { # NAME REASON
  number=$((number + 1))
  echo "ok $number - $1 # SKIP $2"
}

count() { # PATTERN [OPTION]
  grep -cE ${2-} "$1" "$folder/output"
}

# Whether a command fails before long, and says no more about it than why a file is no good.
refuses() { # FILE COMMAND...
  refused=$1
  shift
  timeout 20 "$@" </dev/null >"$folder/output" 2>&1
  [ $? = 1 ] && [ "$(count "^[a-z.-]+: $refused: .")" = 1 ] && [ "$(count '^(Load.*|)$' -v)" = 1 ]
}

gst-launch-1.0 -q videotestsrc num-buffers=20 ! jpegenc ! matroskamux \
  ! filesink location="$folder/silent.mkv"
echo 'This is no recording.' >"$folder/text"
: >"$folder/empty"

printf 'seek 0.2\nmodel %s\nnonsense\n' "$model" |
  "$live_captions" -n -m "$model" "$recording" >"$folder/output" 2>&1 &&
  [ "$(count '^ +[0-9.]+ s  [A-Z]')" -gt 0 ] && [ "$(count '^Loaded the model')" -ge 1 ] &&
  [ "$(count '^Commands:')" = 1 ]
report $? 'live-captions prints words, loads another model, seeks and ends'

"$live_captions" -m "$model" -o "$folder/out.mkv" "$recording" </dev/null >"$folder/output" 2>&1 &&
  [ -s "$folder/out.mkv" ]
report $? 'live-captions writes a file'

"$live_captions" -n -m "$folder/nothing" "$recording" </dev/null >"$folder/output" 2>&1
[ $? = 1 ] && [ "$(count "$folder/nothing")" -gt 0 ]
report $? 'live-captions says which model it did not find'

for file in missing empty text silent.mkv; do
  refuses "$folder/$file" "$live_captions" -n "$folder/$file"
  report $? "live-captions says why it can't read a file: $file"
done

timeout 20 "$live_captions" -m "$model" -o "$folder/missing/out.mkv" "$recording" \
  </dev/null >"$folder/output" 2>&1
[ $? = 1 ] && [ "$(count .)" = 1 ] &&
  [ "$(count "^live-captions: .*$folder/missing/out.mkv.*[(].*No such file or directory[)]")" = 1 ]
report $? "live-captions says why it can't write a file"

refuses "$folder/another.wav" "$live_captions" -n -m "$model" "$recording" "$folder/another.wav"
report $? 'live-captions takes no second file'

cp "$recording" "$folder/same.wav"
refuses "$folder/./same.wav" "$live_captions" -m "$model" -o "$folder/./same.wav" "$folder/same.wav" &&
  cmp "$recording" "$folder/same.wav"
report $? 'live-captions does not write over what it reads'

"$live_captions" -m "$model" -o "$folder/a \"quoted\" name.mkv" "$recording" \
  </dev/null >"$folder/output" 2>&1 && [ -s "$folder/a \"quoted\" name.mkv" ]
report $? 'live-captions writes a file with quotation marks in its name'

python=
for candidate in python3 /usr/bin/python3; do
  "$candidate" -c 'import gi; gi.require_version("Gst", "1.0"); from gi.repository import Gst' \
    2>/dev/null && python=$candidate && break
done

name='captions.py prints cues'
if [ -n "$python" ]; then
  "$python" "$captions" --model "$model" "$recording" >"$folder/output" 2>&1 &&
    [ "$(count '^ +[0-9.]+ - [0-9.]+ s  [A-Z]')" -gt 0 ]
  report $? "$name"
else
  skip "$name" 'no PyGObject with GStreamer'
fi

for file in missing empty text silent.mkv; do
  name="captions.py says why it can't read a file: $file"
  if [ -n "$python" ]; then
    refuses "$folder/$file" "$python" "$captions" --model "$model" "$folder/$file"
    report $? "$name"
  else
    skip "$name" 'no PyGObject with GStreamer'
  fi
done

print_documented_words() {
  sed -n '/^```python$/,/^```$/ { /^```/! p }' "$elements_md" >"$folder/documented.py" &&
    cp "$speech" "$folder/speech.ogg" && (cd "$folder" && timeout 60 "$python" documented.py)
}

name='the Python of docs/elements.md prints words from the metadata'
if [ -n "$python" ]; then
  print_documented_words >"$folder/output" 2>&1 &&
    [ "$(count '^[0-9]+[.][0-9]{2} s  [01][.][0-9]{2}  [A-Z]')" -gt 100 ]
  report $? "$name"
else
  skip "$name" 'no PyGObject with GStreamer'
fi

library=
[ -n "$python" ] && "$python" -c 'import gi
gi.require_version("GstApp", "1.0")
gi.require_version("Sew", "1.0")
from gi.repository import GstApp, Sew' 2>/dev/null && library=yes

name='captions.py prints words through the library'
if [ -n "$library" ]; then
  "$python" "$captions" --words --model "$model" "$recording" >"$folder/output" 2>&1 &&
    [ "$(count '^ +[0-9.]+ s  [01][.][0-9]+  [A-Z]')" -gt 0 ]
  report $? "$name"
else
  skip "$name" 'no PyGObject with Sew and GstApp'
fi

# Another precision would show in the confidences, and the want of a language model in the words.
compare_words() {
  "$sew_transcribe" --quiet --words "$speech" >"$folder/expected" &&
    "$python" "$captions" --words "$speech" >"$folder/words" &&
    paste "$folder/expected" "$folder/words" | awk '
      function differ(a, b, most) { return a - b > most || b - a > most }
      NF != 8 || differ($1, $5, 0.006) || differ($3, $7, 0.006) || $4 != $8 { print; n++ }
      END { exit n > 0 || NR < 100 }'
}

name='captions.py reads the words that sew-transcribe reads'
if [ -n "$library" ]; then
  compare_words >"$folder/output" 2>&1
  report $? "$name"
else
  skip "$name" 'no PyGObject with Sew and GstApp'
fi

for file in missing empty text silent.mkv; do
  name="captions.py --words says why it can't read a file: $file"
  if [ -n "$library" ]; then
    refuses "$folder/$file" "$python" "$captions" --words --model "$model" "$folder/$file"
    report $? "$name"
  else
    skip "$name" 'no PyGObject with Sew and GstApp'
  fi
done

echo "1..$number"
exit $failed
