"""Gives a PKCS#12 store a MAC as RFC 9579 has it: pbmac1.py IN OUT PASSWORD PRF HASH [ITERATIONS]; from a million on the MAC is zeros"""
import hashlib, hmac, sys
source, out, password, prf, name = sys.argv[1:6]
HASHES = {"sha1": 7, "sha224": 8, "sha256": 9, "sha384": 10, "sha512": 11}
def tlv(tag, body):
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + size + body
def parts(der):
    found = []
    while der:
        size, start = der[1], 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(der[2:start], "big")
        found.append((der[0], der[start:start + size], der[:start + size]))
        der = der[start + size:]
    return found
def oid(*arcs):
    body = bytes([arcs[0] * 40 + arcs[1]])
    for arc in arcs[2:]:
        piece = [arc & 0x7F]
        while arc := arc >> 7:
            piece.insert(0, 0x80 | arc & 0x7F)
        body += bytes(piece)
    return tlv(6, body)
version, safe = [raw for _, _, raw in parts(parts(open(source, "rb").read())[0][1])[:2]]
message = parts(parts(parts(safe)[0][1])[1][1])[0][1]
salt, rounds = bytes(range(16)), int(sys.argv[6]) if len(sys.argv) > 6 else 2048
length = hashlib.new(name).digest_size
key = hashlib.pbkdf2_hmac(prf, password.encode(), salt, rounds, length) if rounds < 1_000_000 else None
value = hmac.digest(key, message, name) if key else bytes(length)
null = tlv(5, b"")
algorithm = lambda h: tlv(0x30, oid(1, 2, 840, 113549, 2, HASHES[h]) + null)
derivation = tlv(0x30, oid(1, 2, 840, 113549, 1, 5, 12) + tlv(0x30, tlv(4, salt) + tlv(2, rounds.to_bytes(rounds.bit_length() // 8 + 1, "big")) + tlv(2, bytes([length])) + algorithm(prf)))
mac = tlv(0x30, oid(1, 2, 840, 113549, 1, 5, 14) + tlv(0x30, derivation + algorithm(name)))
data = tlv(0x30, tlv(0x30, mac + tlv(4, value)) + tlv(4, b"ignored"))
open(out, "wb").write(tlv(0x30, version + safe + data))
