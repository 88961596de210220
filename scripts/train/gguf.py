"""Writes GGUF version 3: metadata, tensor infos, aligned tensor data (F32, F16, Q8_0), and reads the tensors back."""

import struct

import numpy as np

ALIGNMENT = 32
F32, F16, Q8_0 = 0, 1, 8
FILE_TYPES = {F16: 1, Q8_0: 7}
_U32, _F32, _BOOL, _STRING, _ARRAY, _I32, _U64 = 4, 6, 7, 8, 9, 5, 10


def _string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


class Metadata:
    """Typed key-value pairs in the order they are added."""

    def __init__(self):
        self.count, self.data = 0, bytearray()

    def _add(self, key, kind, payload):
        self.count += 1
        self.data += _string(key) + struct.pack("<I", kind) + payload

    def string(self, key, value):
        self._add(key, _STRING, _string(value))

    def u32(self, key, value):
        self._add(key, _U32, struct.pack("<I", value))

    def u64(self, key, value):
        self._add(key, _U64, struct.pack("<Q", value))

    def f32(self, key, value):
        self._add(key, _F32, struct.pack("<f", value))

    def boolean(self, key, value):
        self._add(key, _BOOL, struct.pack("<?", value))

    def strings(self, key, values):
        self._add(key, _ARRAY, struct.pack("<IQ", _STRING, len(values)) + b"".join(map(_string, values)))

    def i32s(self, key, values):
        self._add(key, _ARRAY, struct.pack("<IQ", _I32, len(values)) + struct.pack(f"<{len(values)}i", *values))


def q8_0(array):
    """Blocks of 32: one half-precision scale, 32 signed bytes (ggml's reference quantization)."""
    blocks = array.astype(np.float32).reshape(-1, 32)
    scale = np.abs(blocks).max(1, keepdims=True) / 127
    inverse = np.where(scale > 0, 1 / np.where(scale > 0, scale, 1), 0)
    scaled = blocks * inverse
    levels = (np.sign(scaled) * np.floor(np.abs(scaled) + 0.5)).astype(np.int8)  # C's roundf: halves away from zero
    packed = np.zeros(len(blocks), dtype=[("scale", "<f2"), ("levels", "i1", 32)])
    packed["scale"], packed["levels"] = scale[:, 0], levels
    return packed.tobytes()


def unquantized(array, kind):
    """What a reader of the file gets back: the weights the model really has after export."""
    if kind == F16:
        return array.astype(np.float16).astype(np.float32)
    if kind == Q8_0:
        packed = np.frombuffer(q8_0(array), dtype=[("scale", "<f2"), ("levels", "i1", 32)])
        return (packed["scale"].astype(np.float32)[:, None] * packed["levels"]).reshape(array.shape)
    return array


def write(path, metadata, tensors):
    """tensors: (name, array, kind) with arrays in row-major order, so GGUF's dimensions are the shape reversed."""
    infos, payloads, offset = bytearray(), [], 0
    for name, array, kind in tensors:
        data = {F32: lambda a: a.astype("<f4").tobytes(), F16: lambda a: a.astype("<f2").tobytes(), Q8_0: q8_0}[kind](array)
        infos += _string(name) + struct.pack("<I", array.ndim)
        infos += struct.pack(f"<{array.ndim}Q", *reversed(array.shape)) + struct.pack("<IQ", kind, offset)
        padding = -len(data) % ALIGNMENT
        payloads.append(data + b"\0" * padding)
        offset += len(data) + padding
    with open(path, "wb") as f:
        head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), metadata.count) + bytes(metadata.data) + bytes(infos)
        f.write(head + b"\0" * (-len(head) % ALIGNMENT))
        f.writelines(payloads)


_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, _U32: 4, _I32: 4, _F32: 4, _BOOL: 1, _U64: 8, 11: 8, 12: 8}


def read(path):
    """The tensors of a file by name, as float32 arrays in row-major order; its metadata is passed over."""
    with open(path, "rb") as f:
        data = f.read()
    at = 0

    def take(form):
        nonlocal at
        values = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return values[0] if len(values) == 1 else values

    def text():
        nonlocal at
        size = take("Q")
        at += size
        return data[at - size : at].decode()

    def skip(kind):
        nonlocal at
        if kind == _STRING:
            text()
        elif kind == _ARRAY:
            inner, count = take("IQ")
            for _ in range(count):
                skip(inner)
        else:
            at += _SIZES[kind]

    if take("4sI") != (b"GGUF", 3):
        raise ValueError(f"{path} is not GGUF version 3")
    count, pairs = take("QQ")
    for _ in range(pairs):
        text()
        skip(take("I"))
    infos = []
    for _ in range(count):
        name = text()
        shape = [take("Q") for _ in range(take("I"))]
        infos.append((name, shape[::-1], *take("IQ")))
    start = -(-at // ALIGNMENT) * ALIGNMENT
    out = {}
    for name, shape, kind, offset in infos:
        size = int(np.prod(shape))
        here = start + offset
        if kind == Q8_0:
            packed = np.frombuffer(data, dtype=[("scale", "<f2"), ("levels", "i1", 32)], count=size // 32, offset=here)
            array = packed["scale"].astype(np.float32)[:, None] * packed["levels"]
        else:
            array = np.frombuffer(data, dtype={F32: "<f4", F16: "<f2"}[kind], count=size, offset=here).astype(np.float32)
        out[name] = array.reshape(shape)
    return out
