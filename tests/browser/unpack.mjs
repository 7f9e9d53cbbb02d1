// Unpacks the browser that the package carries into TMPDIR: the program, its libraries, a font.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflate } from "@sparticuz/chromium";

const carried = join(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))), "..", "bin");
await Promise.all(["chromium", "al2023.tar", "fonts.tar", "swiftshader.tar"].map((name) => inflate(join(carried, `${name}.br`))));
