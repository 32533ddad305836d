#!/usr/bin/env python3
"""Race gst-sew against ONNX Runtime on the same shapes, in turns, and print ratios.

usage: compare-onnxruntime.py BENCH-ENCODER [--presets A,B] [--seconds 10,30] [--threads 1,2] [--rounds N]
                              [--precisions float32,int8] [--int8] [--clock processor|wall] [--cache FOLDER]

Needs torch, transformers, onnx and onnxruntime. The encoders are exported to the cache folder once.
With several threads ONNX Runtime splits one clip, as it does by default, and bench-encoder
(tests/bench) runs a clip in each; both are counted in seconds of audio per second of processor time (which other programs do
not lengthen) or of time. --int8 adds ONNX Runtime's dynamic quantisation.
"""
import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import time

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
RATE = 16000
CLOCKS = {"processor": time.process_time, "wall": time.perf_counter}


def load_presets():
    path = os.path.join(HERE, "..", "reference", "check-presets.py")
    spec = importlib.util.spec_from_file_location("check_presets", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def export(name, path):
    """In a process of its own, whose memory is gone afterwards."""
    if os.path.exists(path):
        return
    if os.fork() == 0:
        import torch
        presets = load_presets()
        _, model = presets.make_model(*presets.PRESETS[name])

        class Logits(torch.nn.Module):
            def __init__(self, ctc):
                super().__init__()
                self.ctc = ctc

            def forward(self, samples):
                return self.ctc(samples).logits

        torch.onnx.export(Logits(model), (torch.randn(1, 10 * RATE) * 0.1,), path, input_names=["samples"],
                          output_names=["logits"], dynamic_axes={"samples": {1: "n_samples"}},
                          dynamo=False, opset_version=17)
        os._exit(0)
    _, status = os.wait()
    if status != 0:
        sys.exit("could not export " + name)


def quantize(path, quantized):
    from onnxruntime.quantization import QuantType, quantize_dynamic
    if not os.path.exists(quantized):
        quantize_dynamic(path, quantized, weight_type=QuantType.QInt8)


class OnnxRuntime:
    def __init__(self, path, n_threads):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = n_threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def run(self, seconds, clock):
        """Seconds of audio per second of that clock."""
        rng = np.random.default_rng(0)
        samples = (rng.standard_normal((1, int(seconds * RATE))) * 0.1).astype(np.float32)
        self.session.run(None, {"samples": samples})
        times = []
        for _ in range(3):
            start = CLOCKS[clock]()
            self.session.run(None, {"samples": samples})
            times.append(CLOCKS[clock]() - start)
        return seconds / min(times)


class Encoder:
    """Ours, in a process that stays."""

    def __init__(self, bench_encoder, name, precision):
        self.process = subprocess.Popen([bench_encoder, name, precision], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def run_once(self, seconds, n_threads):
        self.process.stdin.write("%g %d\n" % (seconds, n_threads))
        self.process.stdin.flush()
        return map(float, self.process.stdout.readline().split())

    def run(self, seconds, n_threads, clock):
        """Seconds of audio per second of that clock."""
        results = []
        for _ in range(3):
            elapsed, processor = self.run_once(seconds, n_threads)
            results.append(seconds / processor if clock == "processor" else seconds * n_threads / elapsed)
        return max(results)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench_encoder")
    parser.add_argument("--presets", default="sew-tiny,sew-d-mid,sew-mid,w2v2-base")
    parser.add_argument("--seconds", default="10,30")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--int8", action="store_true", help="ONNX Runtime's dynamic quantisation too")
    parser.add_argument("--precisions", default="float32,int8", help="of gst-sew")
    parser.add_argument("--clock", choices=CLOCKS, default="processor")
    parser.add_argument("--cache", default="onnx-models")
    arguments = parser.parse_args()
    os.makedirs(arguments.cache, exist_ok=True)
    precisions = arguments.precisions.split(",")
    print("seconds of audio per second of %s time; ratios over each" % arguments.clock)
    print("%-12s %7s %7s %-8s %11s" % ("model", "seconds", "threads", "rival", "onnxruntime")
          + "".join("%9s %6s" % (precision, "ratio") for precision in precisions))
    for name in arguments.presets.split(","):
        path = os.path.join(arguments.cache, name + ".onnx")
        export(name, path)
        rivals = [("float32", path)]
        if arguments.int8:
            quantize(path, path + ".int8")
            rivals.append(("int8", path + ".int8"))
        encoders = [Encoder(arguments.bench_encoder, name, precision) for precision in precisions]
        for kind, model in rivals:
            for n_threads in map(int, arguments.threads.split(",")):
                rival = OnnxRuntime(model, n_threads)
                for seconds in map(float, arguments.seconds.split(",")):
                    rounds = [[rival.run(seconds, arguments.clock)]
                              + [encoder.run(seconds, n_threads, arguments.clock) for encoder in encoders]
                              for _ in range(arguments.rounds)]
                    line = "%-12s %7g %7d %-8s %11.1f" % (name, seconds, n_threads, kind,
                                                          statistics.median(r[0] for r in rounds))
                    for i in range(len(precisions)):
                        line += "%9.1f %6.2f" % (statistics.median(r[i + 1] for r in rounds),
                                                 statistics.median(r[i + 1] / r[0] for r in rounds))
                    print(line, flush=True)
        for encoder in encoders:
            encoder.close()


if __name__ == "__main__":
    main()
