"""Mapping templates with API Gateway's variables."""

import json

import pytest

from tools.local.aws.apigateway.integration_templates import Source, TemplateFailed, render

BODY = {"a": {"b": [{"c": 1}, "two"]}, "text": 'it\'s "here" / \\ ü 😀\n', "no": None, "yes": True}
SOURCE = Source(
    json.dumps(BODY, ensure_ascii=False),
    {"id": "path", "only": "p"},
    {"id": "query", "q": "1"},
    {"id": "header", "X-Name": "h"},
    {"requestId": "r-1", "authorizer": {"claims": {"sub": "ann", "cognito:groups": "admin"}}},
    {"table": "t"},
)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.json('$.a')", '{"b":[{"c":1},"two"]}'),
        ("$input.json('$.a.b[1]')$input.json('$.missing')", '"two"'),
        ("$input.json(\"$['a']['b'][0].c\")", "1"),
        ("$input.path('$.a.b[0].c') $input.path('$.a').b.size()", "1 2"),
        ("$input.params('id') $input.params('q') $input.params('X-Name') [$input.params('none')]", "path 1 h []"),
        ("$input.params().header.get('X-Name') $input.params().querystring.id", "h query"),
        ("$context.requestId ${context.authorizer.claims.sub}_x", "r-1 ann_x"),
        ("$context.authorizer.claims.get('cognito:groups')", "admin"),
        ("$stageVariables.table", "t"),
        ("#if($input.path('$.yes'))yes#{else}no#end", "yes"),
        ("#foreach($one in $input.path('$.a.b'))$foreach.index#if($foreach.hasNext),#end#end", "0,1"),
        ("$util.parseJson('{\"x\": [7]}').x[0]", "7"),
        ("$util.urlEncode('a b&c') $util.urlDecode('a+b%26c')", "a+b%26c a b&c"),
        ("$util.base64Encode('hi') $util.base64Decode('aGk=')", "aGk= hi"),
        ("$util.escapeJavaScript($input.path('$.text'))", r"it\'s \"here\" \/ \\ \u00FC \uD83D\uDE00\n"),
    ],
)
def test_what_a_template_renders(template: str, text: str) -> None:
    assert render(template, SOURCE).text == text


def test_a_body_inside_of_a_json_text() -> None:
    template = """{"input": "$util.escapeJavaScript($input.json('$')).replaceAll("\\\\'", "'")"}"""
    assert json.loads(json.loads(render(template, SOURCE).text)["input"]) == BODY
    without = """{"input": "$util.escapeJavaScript($input.json('$'))"}"""
    with pytest.raises(ValueError, match="Invalid \\\\escape"):
        json.loads(render(without, SOURCE).text)


HALF = r'{"text": "\ud83d"}'
"""Half of a surrogate pair: valid JSON, but not a text that UTF-8 can hold."""


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$util.escapeJavaScript($input.path('$.text'))", r"\uD83D"),
        ("$util.escapeJavaScript($input.json('$'))", r"{\"text\":\"\uD83D\"}"),
        ("$input.json('$')", '{"text":"?"}'),
        ("$input.path('$.text')", "?"),
        ("$util.urlEncode($input.path('$.text'))", "%3F"),
        ("$util.base64Encode($input.path('$.text'))", "Pw=="),
    ],
)
def test_half_of_a_surrogate_pair_is_rendered_as_java_does(template: str, text: str) -> None:
    assert render(template, Source(HALF)).text == text


def test_the_whole_body() -> None:
    assert render("$input.body", SOURCE).text == SOURCE.body


def test_the_answer_is_overridden() -> None:
    rendered = render(
        '#set($context.responseOverride.status = 202)#set($context.responseOverride.header.X = "y")ok', SOURCE
    )
    assert (rendered.text, rendered.status, dict(rendered.headers)) == ("ok", 202, {"X": "y"})
    assert render("ok", SOURCE).status is None


@pytest.mark.parametrize(
    "template",
    [
        "$util.unknown('x')",
        "$input.unknown",
        "$input.json('$..a')",
        "$input.json('a')",
        "$util.parseJson('{')",
        "$util.escapeJavaScript($input.path('$.a'))",
    ],
)
def test_what_is_not_known_fails(template: str) -> None:
    with pytest.raises(TemplateFailed):
        render(template, SOURCE)


def test_a_body_that_is_not_json_fails() -> None:
    with pytest.raises(TemplateFailed, match="not JSON"):
        render("$input.json('$')", Source("{"))
