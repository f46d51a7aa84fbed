const b = Buffer.from("héllo", "utf8");
console.log(b.length, b.toString("hex"), b.toString("base64"), Buffer.concat([b, Buffer.alloc(2)]).length);
b.writeUInt8(65, 0);
console.log(b.slice(0, 2), b.readUInt16BE(0), Buffer.byteLength("😀"), Buffer.compare(Buffer.from("a"), Buffer.from("b")));
