#!/usr/bin/env python3
"""Writes a GGUF model with 8 bits a weight, with an adapter worked into it if one is named: requantise.py IN.gguf OUT.gguf [ADAPTER.gguf]

llama.cpp serves that to many at once three times as fast as 4 bits with the adapter beside them.
"""
import sys

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, dequantize, quantize

adapter = GGUFReader(sys.argv[3]) if len(sys.argv) > 3 else None
parts = {t.name: np.array(t.data) for t in adapter.tensors} if adapter else {}
reader, writer = GGUFReader(sys.argv[1]), GGUFWriter(sys.argv[2], "llama")
for name, field in reader.fields.items():
    if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
        continue
    array = field.types[0] == GGUFValueType.ARRAY
    writer.add_key_value(name, field.contents(), field.types[0], sub_type=field.types[-1] if array else None)
writer.add_file_type(7)
eight = GGMLQuantizationType.Q8_0
for tensor in reader.tensors:
    values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    if f"{tensor.name}.lora_a" in parts:
        a, b = (parts[f"{tensor.name}.lora_{which}"] for which in "ab")
        values += b @ a * (adapter.fields["adapter.lora.alpha"].contents() / len(a))
    if values.ndim == 1:
        writer.add_tensor(tensor.name, values)
    else:
        writer.add_tensor(tensor.name, quantize(values, eight), raw_dtype=eight)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
