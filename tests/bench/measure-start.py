#!/usr/bin/env python3
"""How long a new process takes to its first word, and how much of that is loading.

usage: measure-start.py SEW-TRANSCRIBE MODEL RECORDING [--runs N] [-- OPTION...]

Runs it with everything it reads in the page cache, and after the model, the recording, the program and its
libraries were dropped from there (as far as no other process has them mapped). Prints medians: the time to
the first output, and the processor time.
"""
import argparse
import os
import resource
import statistics
import subprocess
import sys
import time


def find_files(program, folder, recording):
    files = [program, recording]
    for root, _, names in os.walk(folder):
        files += [os.path.join(root, name) for name in names]
    for line in subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines():
        if "=> /" in line:
            files.append(line.split("=> ")[1].split(" ")[0])
    return files


def drop(files):
    for path in files:
        descriptor = os.open(path, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def run(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    process.stdout.read(1)
    elapsed = time.perf_counter() - start
    process.communicate()
    if process.returncode != 0:
        raise SystemExit("it failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sew_transcribe")
    parser.add_argument("model")
    parser.add_argument("recording")
    parser.add_argument("--runs", type=int, default=9)
    end = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    arguments, options = parser.parse_args(sys.argv[1:end]), sys.argv[end + 1:]
    files = find_files(arguments.sew_transcribe, arguments.model, arguments.recording)
    command = [arguments.sew_transcribe, "--model", arguments.model, *options, arguments.recording]
    run(command)
    for name, prepare in ("cached", lambda: None), ("dropped", lambda: drop(files)):
        times = []
        for _ in range(arguments.runs):
            prepare()
            times.append(run(command))
        print("%-8s %6.0f ms to the first word, %6.0f ms of processor time (medians of %d; least %.0f and %.0f)" % (
            name, *[1000 * statistics.median(t[i] for t in times) for i in range(2)], arguments.runs,
            *[1000 * min(t[i] for t in times) for i in range(2)]))


if __name__ == "__main__":
    main()
