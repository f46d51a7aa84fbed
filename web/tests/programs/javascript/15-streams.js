const { Transform, pipeline } = require("stream");
const upper = new Transform({
  transform(chunk, _encoding, done) {
    done(null, chunk.toString().toUpperCase());
  },
});
pipeline(process.stdin, upper, (error) => console.log("done", error ?? "fine"));
upper.on("data", (chunk) => process.stdout.write(chunk));
