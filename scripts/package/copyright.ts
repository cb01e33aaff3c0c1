/** Debian's machine-readable `copyright` file (DEP-5): of the project, and of all that is in it. */
import type { BundledPackage, LICENCES } from "./licences.ts";
import { PackageError } from "./error.ts";

const HEADER = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: janus-zeromq
Comment:
 Packages of npm that are bundled into the programs are named npm:NAME@VERSION,
 as they are in stack traces.

Files: *
Copyright: the authors of janus-zeromq
License: GPL-3

Files: usr/lib/janus-zeromq/deno
Copyright: 2018-2026 the Deno authors
           2006-2026 the V8 project authors
License: Expat and BSD-3-clause
Comment:
 Deno's own executable, unchanged: Deno is under the Expat license, the V8
 engine in it under the BSD one. It also contains libraries of others under
 permissive licences (Expat, Apache-2.0, BSD, ISC, Zlib, Unicode, MPL-2.0 and
 the public domain), which Deno's own sources list.
`;

/** Licences' names in Debian, by SPDX's. */
const DEBIAN_NAMES: Record<keyof typeof LICENCES, string> = {
  "MIT": "Expat",
  "Apache-2.0": "Apache-2.0",
  "Unlicense": "Unlicense",
};

/** The file. */
export function renderCopyright(packages: readonly BundledPackage[]): string {
  const stanzas = packages.map(({ name, version, licence, copyright, files }) =>
    [
      `Files: npm:${name}@${version}/*`,
      `Copyright: ${copyright.join("\n           ")}`,
      `License: ${DEBIAN_NAMES[licence]}`,
      `Comment: in ${files.join(", ")}`,
      "",
    ].join("\n")
  );
  const used = new Set(packages.map(({ licence }) => licence));
  const texts = [
    licence("GPL-3", commonLicence("GPL-3", "GNU General Public License, version 3")),
    licence("Expat", EXPAT),
    licence("BSD-3-clause", BSD_3_CLAUSE),
    ...(used.has("Apache-2.0")
      ? [licence("Apache-2.0", commonLicence("Apache-2.0", "Apache License, Version 2.0"))]
      : []),
    ...(used.has("Unlicense") ? [licence("Unlicense", textOf(packages, "Unlicense"))] : []),
  ];
  return [HEADER, ...stanzas, ...texts].join("\n");
}

function textOf(packages: readonly BundledPackage[], name: keyof typeof LICENCES): string {
  const text = packages.find(({ licence, text }) => licence === name && text !== undefined)?.text;
  if (text === undefined) throw new PackageError(`No bundled package has the text of ${name}`);
  return text;
}

/** A paragraph with a licence's text. */
function licence(name: string, text: string): string {
  const lines = text.trim().split("\n").map((line) =>
    line.trim() === "" ? " ." : ` ${line.trim()}`
  );
  return `License: ${name}\n${lines.join("\n")}\n`;
}

function commonLicence(file: string, name: string): string {
  return `On Debian systems, the complete text of the ${name}\n` +
    `can be found in /usr/share/common-licenses/${file}.`;
}

const EXPAT = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

const BSD_3_CLAUSE = `Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

* Redistributions of source code must retain the above copyright notice, this
  list of conditions and the following disclaimer.
* Redistributions in binary form must reproduce the above copyright notice,
  this list of conditions and the following disclaimer in the documentation
  and/or other materials provided with the distribution.
* Neither the name of Google Inc. nor the names of its contributors may be
  used to endorse or promote products derived from this software without
  specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"
AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE LIABLE
FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`;
