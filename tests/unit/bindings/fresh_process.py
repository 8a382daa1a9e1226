"""Runs code in new processes, because the fast bindings take effect once per process."""

import json
import subprocess
import sys
from pathlib import Path

from tests.variables import inherited

ROOT = Path(__file__).parents[3]
LAZY_EXPORTS = ROOT / "constructs_lib" / "bindings" / "lazy_exports.js"
LOAD_FAST = "from constructs_lib.bindings import load_fast; load_fast()\n"
KERNEL_CLASS = "\nimport jsii\nprint(type(jsii.kernel.provider._process).__name__)\n"


def run(*command: str, **variables: str) -> str:
    """The standard output of a command that gets these variables, and none of the user's settings."""
    env = inherited() | variables
    completed = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def run_code(code: str, **variables: str) -> str:
    return run(sys.executable, "-c", code, **variables)


def synthesize(folder: Path, **variables: str) -> dict[str, bytes]:
    """Every file that main.py writes for dev, by its path relative to the output folder."""
    run(sys.executable, "main.py", CDKTF_OUTDIR=str(folder), ENVIRONMENT_SUFFIX="dev", **variables)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# A script for Node to preload, which records the files of the AWS provider that are loaded.
RECORD_FILES = """
process.on("exit", () => {
  const folder = require("node:path").dirname(__filename);
  const files = Object.keys(require.cache).filter((file) => file.includes("provider-aws"));
  require("node:fs").writeFileSync(`${folder}/${process.pid}.json`, JSON.stringify(files));
});
"""
USE_VPC = """
import sys
from cdktf import TerraformStack, Testing
from cdktf_cdktf_provider_aws.vpc import Vpc
Vpc(TerraformStack(Testing.app(), "stack"), "vpc", cidr_block="10.0.0.0/16")
print(*sorted(name.split(".")[1] for name in sys.modules if name.startswith("cdktf_cdktf_provider_aws.")))
"""


def files_loaded_in_node(folder: Path, code: str, **variables: str) -> set[str]:
    """The names of the folders from which the kernel loads a file while the code runs."""
    recorder = folder / "record.js"
    recorder.write_text(RECORD_FILES)
    run_code(code, NODE_OPTIONS=f'--require "{recorder}"', **variables)
    files = [file for report in folder.glob("*.json") for file in json.loads(report.read_text())]
    return {Path(file).parent.name for file in files}
