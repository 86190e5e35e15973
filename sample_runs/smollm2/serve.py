#!/usr/bin/env python3
"""Serves a GGUF model with llama.cpp: python3 serve.py MODEL.gguf PORT"""
import sys
import time

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.model_alias = {"smollm2"}
params.port = int(sys.argv[2])
params.n_ctx = 12288
params.n_parallel = 24
server = xllamacpp.Server(params)
print("ready", flush=True)
while True:
    time.sleep(60)
