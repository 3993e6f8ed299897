"""Metadata, templates and dependencies, and one readable line for each error."""

from pathlib import Path

import pytest

from tools.project.problems import Problem, WrongUse
from tools.project.services import Service, check_references, dependents, deploy_order, discover, one, read_template
from tools.tests.project.described import DESCRIBED

GOOD = "name: gamma\ndescription: A test\n"
TEMPLATE = "Resources:\n  A:\n    Type: AWS::SQS::Queue\n"


def service(root: Path, metadata: str = GOOD, template: str = TEMPLATE, name: str = "gamma") -> Service:
    folder = root / name
    folder.mkdir()
    (folder / "metadata.yaml").write_text(metadata)
    (folder / "template.yaml").write_text(template)
    return one(name, root)


def consumer(root: Path, name: str, *needed: str) -> None:
    parameters = "".join(
        f"  P{number}:\n    Type: AWS::SSM::Parameter::Value<String>\n"
        f"    Default: /ecommerce/{{Environment}}/{service}/x/name\n"
        for number, service in enumerate(needed)
    )
    resources = (
        "Resources:\n  P:\n    Type: AWS::SSM::Parameter\n    Properties:\n"
        f"      Name: !Sub /ecommerce/${{Environment}}/{name}/x/name\n"
    )
    text = (f"Parameters:\n{parameters}" if needed else "") + resources
    service(root, f"name: {name}\ndescription: A test\n", text, name)


def test_dependencies_come_from_parameters(services: dict[str, Service]) -> None:
    assert services["beta"].dependencies == ("alpha",)
    assert services["alpha"].dependencies == ()
    assert dependents("alpha", services) == ["beta"]
    assert deploy_order(services) == [["alpha"], ["beta"]]


def test_a_nested_template_publishes_too(services: dict[str, Service]) -> None:
    assert "/ecommerce/{Environment}/alpha/greeting/name" in services["alpha"].published_parameters
    assert check_references(list(services.values()), services) == []


def test_a_service_is_in_the_earliest_possible_group(tmp_path: Path) -> None:
    consumer(tmp_path, "platform")
    consumer(tmp_path, "users", "platform")
    consumer(tmp_path, "products", "platform")
    consumer(tmp_path, "orders", "products", "users")
    assert deploy_order(discover(tmp_path)) == [["platform"], ["products", "users"], ["orders"]]


def test_a_cycle_is_named(tmp_path: Path) -> None:
    consumer(tmp_path, "platform")
    consumer(tmp_path, "orders", "warehouse", "platform")
    consumer(tmp_path, "warehouse", "orders")
    with pytest.raises(Problem, match="orders -> warehouse -> orders"):
        deploy_order(discover(tmp_path))


def test_a_service_that_depends_on_a_cycle_is_not_named(tmp_path: Path) -> None:
    consumer(tmp_path, "after", "orders")
    consumer(tmp_path, "orders", "warehouse")
    consumer(tmp_path, "warehouse", "orders")
    with pytest.raises(Problem) as caught:
        deploy_order(discover(tmp_path))
    assert "after" not in str(caught.value)


def test_a_service_that_needs_itself_is_a_cycle(tmp_path: Path) -> None:
    consumer(tmp_path, "users", "users")
    with pytest.raises(Problem, match="users -> users"):
        deploy_order(discover(tmp_path))


def test_a_parameter_that_no_template_creates(tmp_path: Path) -> None:
    consumer(tmp_path, "orders", "products", "nobody")
    service(tmp_path, "name: products\ndescription: A test\n", name="products")
    known = discover(tmp_path)
    absent, unknown = check_references([known["orders"]], known)
    assert absent.endswith(
        "orders/template.yaml:4: P0 takes /ecommerce/{Environment}/products/x/name, "
        "but products/template.yaml creates no such AWS::SSM::Parameter"
    )
    assert unknown.endswith("but there is no service nobody")


def test_the_error_for_an_unknown_service_lists_the_known_ones(services: dict[str, Service]) -> None:
    with pytest.raises(WrongUse, match="unknown service gamma; known services: alpha, beta"):
        one("gamma", services["alpha"].folder.parent)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ("name: [", r"metadata\.yaml:\d: not valid YAML"),
        ("- a\n- b\n", "the document must be a map"),
        ("", "the document must be a map"),
        ("name: other\ndescription: A test\n", "metadata.yaml:1: name is other, but the folder is gamma"),
        ("name: gamma\n", "the key description is missing"),
        ("name: gamma\ndescription: ''\n", "metadata.yaml:2: description must be a string"),
        ("name: gamma\ndescription: A\ndepends: [x]\n", "metadata.yaml:3: unknown key depends; known keys: name"),
        (
            "name: gamma\nname: gamma\ndescription: A\n",
            "metadata.yaml:2: not valid YAML: the key name is repeated",
        ),
        ("name: gamma\ndescription: A\t: b\n\tc", r"metadata\.yaml:\d: not valid YAML"),
        ("\x00", "not valid YAML"),
    ],
)
def test_wrong_metadata_is_one_line(tmp_path: Path, metadata: str, message: str) -> None:
    with pytest.raises(Problem, match=message) as caught:
        service(tmp_path, metadata)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("Resources: {", r"template\.yaml:\d: not valid YAML"),
        ("Parameters: {}\n", "needs a map `Resources`"),
        ("Resources:\n  A: {}\n", "template.yaml:2: the resource A needs a `Type`"),
        ("Parameters:\n  P: String\n" + TEMPLATE, "template.yaml:2: the parameter P needs a `Type`"),
        ("Parameters: [P]\n" + TEMPLATE, "template.yaml:1: `Parameters` must be a map"),
        (
            "Parameters:\n  P:\n    Type: AWS::SSM::Parameter::Value<String>\n    Default: /ecommerce/dev/users/x\n"
            + TEMPLATE,
            "template.yaml:4: the default of P must have the form",
        ),
        (
            "Resources:\n  A:\n    Type: AWS::SQS::Queue\n  A:\n    Type: AWS::SQS::Queue\n",
            ":4: .* A is repeated",
        ),
    ],
)
def test_a_wrong_template_is_one_line(tmp_path: Path, template: str, message: str) -> None:
    with pytest.raises(Problem, match=message) as caught:
        _ = service(tmp_path, template=template).dependencies
    assert "\n" not in str(caught.value)


def test_a_missing_template_is_an_error(tmp_path: Path) -> None:
    found = service(tmp_path)
    found.template_path.unlink()
    with pytest.raises(Problem, match="the file is missing"):
        _ = found.dependencies


def test_cloudformations_tags_are_read(tmp_path: Path) -> None:
    found = service(
        tmp_path,
        template=TEMPLATE
        + "    Properties: {A: !Ref B, C: !GetAtt D.E.F, G: !Sub [a, {b: !Ref c}], H: !If [X, 2010-09-09, no]}\n"
        + "    Condition: X\n",
    )
    assert found.template["Resources"]["A"]["Properties"] == {
        "A": {"Ref": "B"},
        "C": {"Fn::GetAtt": ["D", "E.F"]},
        "G": {"Fn::Sub": ["a", {"b": {"Ref": "c"}}]},
        "H": {"Fn::If": ["X", "2010-09-09", False]},
    }


def test_a_service_is_stand_alone_only_if_its_metadata_says_so(tmp_path: Path) -> None:
    assert not service(tmp_path).standalone
    assert service(tmp_path, GOOD.replace("gamma", "delta") + "standalone: true\n", name="delta").standalone
    with pytest.raises(Problem, match=r"epsilon/metadata\.yaml:3: standalone must be true or false"):
        service(tmp_path, GOOD.replace("gamma", "epsilon") + "standalone: maybe\n", name="epsilon")


def test_a_template_is_read_anew_when_it_changed_and_no_reader_sees_the_changes_of_another(tmp_path: Path) -> None:
    path = service(tmp_path).template_path
    first = read_template(path)
    first["Resources"]["A"]["Type"] = "changed"
    assert read_template(path) == {"Resources": {"A": {"Type": "AWS::SQS::Queue"}}}
    path.write_text(TEMPLATE.replace("SQS::Queue", "SNS::Topic"))
    assert read_template(path) == {"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}


def test_the_readme_lists_all_services_that_pages_describe() -> None:
    """The tests of pages compare these. `pipeline` deploys them."""
    assert len(DESCRIBED) >= 19
    assert discover().keys() >= DESCRIBED
