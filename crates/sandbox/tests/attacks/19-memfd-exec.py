# attack: executes a file that has no name, dropped as bytes
# expect: exited
# stopped-by: seccomp, identity
# exit: 9
import os

# mov eax, 60 (exit); mov edi, 9; syscall
code = bytes.fromhex("b83c000000bf090000000f05")
elf = (b"\x7fELF\x02\x01\x01" + bytes(9) + (2).to_bytes(2, "little") + (62).to_bytes(2, "little") + (1).to_bytes(4, "little")
       + (0x400078).to_bytes(8, "little") + (64).to_bytes(8, "little") + bytes(8) + bytes(4) + (64).to_bytes(2, "little") + (56).to_bytes(2, "little")
       + (1).to_bytes(2, "little") + bytes(6)
       + (1).to_bytes(4, "little") + (5).to_bytes(4, "little") + bytes(8) + (0x400000).to_bytes(8, "little") * 2
       + (0x78 + len(code)).to_bytes(8, "little") * 2 + (0x1000).to_bytes(8, "little") + code)
fd = os.memfd_create("dropped", os.MFD_CLOEXEC)
os.write(fd, elf)
os.execve(fd, ["dropped"], {})
