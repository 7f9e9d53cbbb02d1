"""New templates: copied, or imported from a template of SageMaker Projects; whole and right, or not at all."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_servicecatalog as servicecatalog
from click.testing import CliRunner
from fmops_constructs.catalog import Facts
from fmops_constructs.catalog import discover as folders

from fmops.catalog import importing, making, seeds
from fmops.catalog.discover import discover
from fmops.catalog.lint import lint
from fmops.catalog.published import check
from fmops.cli import main_group
from fmops.commands import catalog as command
from fmops.problem import Problem
from tests.assemblies import ROOT

SAMPLE = Path(__file__).with_name("samples") / "mlops.yml"
ML = ROOT / "templates" / "ml_train_deploy_realtime"
NAME = "ml-imported"
ACCOUNTS = {"dev": "222222222222", "preprod": "333333333333", "prod": "444444444444"}
FACTS = Facts("o-exampleorgid", "eu-west-1", "111111111111", "555555555555", {"retail": ACCOUNTS})


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A catalog with one template, importable as `shelf`."""
    root = tmp_path / "shelf"
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache", "build")
    shutil.copytree(ML, root / ML.name, ignore=ignored)
    (root / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(command, "ROOT", root)
    monkeypatch.setattr(command, "templates", lambda: discover(root))
    yield root
    for module in [name for name in sys.modules if name.partition(".")[0] == "shelf"]:
        del sys.modules[module]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main_group, ["catalog", *arguments])
    return result.exit_code, result.output


def synthesise(shelf: Path, name: str, outdir: Path) -> tuple[dict[str, Any], str]:
    """A product's template with cdk-nag on, and its text."""
    app = cdk.App(outdir=str(outdir), builtin_cloud_formation_validation=False)
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.NIST80053R5Checks(app))
    stack = cdk.Stack(app, "Catalog", env=cdk.Environment(account="111111111110", region="eu-west-1"))
    (folder,) = (one for one in folders(shelf) if one.name == name)
    product = folder.product()(stack, "Product", foundation_facts=FACTS)
    content = servicecatalog.CloudFormationTemplate.from_product_stack(product)
    version = servicecatalog.CloudFormationProductVersion(product_version_name="v1", cloud_formation_template=content)
    servicecatalog.CloudFormationProduct(stack, "P", product_name="p", owner="o", product_versions=[version])
    app.synth()
    (file,) = outdir.glob("*.product.template.json")
    return json.loads(file.read_text()), file.read_text()


def test_a_copy_is_a_template_of_its_own(shelf: Path, tmp_path: Path) -> None:
    code, output = run("new", "ml-churn", "--from", "ml-train-deploy-realtime")
    assert code == 0, output
    assert "fmops catalog rights --write" in output
    assert [one.manifest.name for one in discover(shelf)] == ["ml-churn", "ml-train-deploy-realtime"]
    assert lint(shelf) == []
    assert not [f for f in (shelf / "ml_churn").rglob("*.py") if "ml_train_deploy_realtime" in f.read_text()]
    template, _ = synthesise(shelf, "ml-churn", tmp_path / "out")
    assert template["Resources"]["Seed"]["Properties"]["Template"] == "ml-churn"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ml-train-deploy-realtime", "taken, by"),
        ("ML_Churn", "no name for a template"),
        ("fmops-churn", "reserved"),
        ("a" * 80, "at most 64"),
    ],
)
def test_a_wrong_name_leaves_nothing(shelf: Path, name: str, said: str) -> None:
    before = sorted(shelf.iterdir())
    for arguments in (("new", name, "--from", "ml-train-deploy-realtime"), ("import", str(SAMPLE), "--name", name)):
        code, output = run(*arguments)
        assert code == 2
        assert said in output
    assert sorted(shelf.iterdir()) == before


def test_an_unknown_source_is_told(shelf: Path) -> None:
    assert run("new", "ml-churn", "--from", "no-such")[0] == 2


def test_an_import_is_private_and_makes_no_identity(shelf: Path, tmp_path: Path) -> None:
    code, output = run("import", str(SAMPLE), "--name", NAME, "--json")
    assert code == 0, output
    told = json.loads(output)
    assert told["mistakes"] == []
    assert any("ExtraRole: a launch makes no identity" in note for note in told["changed"])
    assert lint(shelf) == []
    template, text = synthesise(shelf, NAME, tmp_path / "out")  # cdk-nag has passed it
    (folder,) = (one for one in discover(shelf) if one.manifest.name == NAME)
    assert list(check(folder, "1.0.0", text)) == []
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert not [kind for kind in kinds if kind.startswith(("AWS::IAM::", "AWS::S3::"))]
    assert "AmazonSageMakerServiceCatalogProducts" not in text
    assert "sagemaker-servicecatalog-seedcode" not in text
    assert "SourceModelPackageGroupName" in template["Parameters"]
    assert "UseRoleArn" not in template["Parameters"]
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::CodeBuild::Project":
            assert resource["Properties"]["VpcConfig"]["VpcId"] == {"Ref": "VpcId"}
            assert resource["Properties"]["EncryptionKey"] == {"Ref": "ArtifactsKeyArn"}
            assert "-build" in json.dumps(resource["Properties"]["ServiceRole"])
    (rules,) = ([r for r in template["Resources"].values() if r["Type"] == "AWS::Events::Rule"],)
    assert all("fmops-events" in json.dumps(rule["Properties"]["Targets"]) for rule in rules)
    (pipeline,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::CodePipeline::Pipeline")
    actions = [a for stage in pipeline["Properties"]["Stages"] for a in stage["Actions"]]
    assert [a["Name"] for a in actions] == ["Code", "BuildTemplates", "TestStaging", "Approve"]
    tagged = [r for r in template["Resources"].values() if not r["Type"].startswith("Custom::")]
    assert all(r["Properties"].get("Tags") for r in tagged)


def test_an_imported_folder_passes_its_own_tests(shelf: Path) -> None:
    assert run("import", str(SAMPLE), "--name", NAME)[0] == 0
    folder = shelf / "ml_imported"
    for place in (folder / "seed", folder):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--confcutdir=.", "tests"]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_a_seed_that_fails_its_tests_is_told(shelf: Path) -> None:
    assert run("import", str(SAMPLE), "--name", NAME)[0] == 0
    (folder,) = (one for one in discover(shelf) if one.manifest.name == NAME)
    assert list(seeds.check(folder)) == []
    broken = folder.seed / "tests" / "test_repository.py"
    broken.write_text("def test_broken():\n    assert 1 == 2\n")
    (found,) = seeds.check(folder)
    assert "fails its own tests" in found.message
    assert "test_broken" in found.message
    (folder.seed / "copier.yml").write_text("a: [")
    assert "can't be rendered" in next(seeds.check(folder)).message


def test_seeds_are_linted_on_request(shelf: Path) -> None:
    assert run("import", str(SAMPLE), "--name", NAME)[0] == 0
    shutil.rmtree(shelf / ML.name)
    assert run("lint", str(shelf), "--seeds", "--json") == (0, "[]\n")
    (shelf / "ml_imported/seed/tests/test_repository.py").write_text("def test_broken():\n    assert 1 == 2\n")
    code, output = run("lint", str(shelf), "--seeds")
    assert code == 1
    assert "test_broken" in output
    assert run("lint", str(shelf))[0] == 0


def sample(**changes: Any) -> dict[str, Any]:
    template = importing.read(SAMPLE)
    template["Resources"] |= changes
    return template


def test_what_cannot_be_made_private_is_named_all_at_once() -> None:
    strange = {"Fn": {"Type": "AWS::Lambda::Function"}, "Data": {"Type": "AWS::S3::Bucket"}}
    with pytest.raises(Problem, match=r"Fn \(AWS::Lambda::Function\), Data \(AWS::S3::Bucket\)"):
        importing.translate(sample(**strange))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "no CloudFormation template"),
        ("- a", "no"),
        ("Resources: {A: {Type: AWS::SNS::Topic}}", "it has no SageMakerProjectName and SageMakerProjectId"),
        (
            "Parameters: {SageMakerProjectName: {Type: String}, SageMakerProjectId: {Type: String}}",
            "it has no Resources",
        ),
    ],
)
def test_a_file_that_is_no_such_template_is_told(shelf: Path, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "x.yml"
    file.write_text(text)
    code, output = run("import", str(file), "--name", NAME)
    assert code == 2
    assert said in output
    assert not (shelf / "ml_imported").exists()


def test_a_binary_is_told(tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(Problem, match="this is no text"):
        importing.read(file)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"Type": "String"}, ("X", "^[^\\n]{1,1024}$", None)),
        ({"Type": "String", "AllowedPattern": "[a-z]+", "Default": "a"}, ("X", "^[a-z]+$", "a")),
        ({"Type": "String", "AllowedValues": ["a.b", "c"]}, ("X", r"^(a\.b|c)$", None)),
        ({"Type": "Number", "Default": 3, "Description": "How\n many"}, ("How many", r"^-?[0-9]+(\.[0-9]+)?$", "3")),
        ({"Type": "String", "AllowedPattern": "^[a-z]+$", "Default": ""}, ("X", "^([a-z]+|)$", "")),
    ],
)
def test_parameters_become_questions(declared: dict[str, Any], expected: tuple[str, str, str | None]) -> None:
    assert making._question("X", declared) == expected


def test_a_parameter_that_a_launch_cannot_ask_for_is_told() -> None:
    with pytest.raises(Problem, match="Parameter X is a List<Number>"):
        making._question("X", {"Type": "List<Number>"})
