"""Writes the parts of a seed's vendor-data into files of their names: unpack.py VENDOR-DATA FOLDER."""

import email
import pathlib
import sys

message = email.message_from_bytes(pathlib.Path(sys.argv[1]).read_bytes())
for part in message.walk():
    if not part.is_multipart():
        (pathlib.Path(sys.argv[2]) / part.get_filename()).write_bytes(part.get_payload(decode=True))
