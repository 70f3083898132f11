"""Settings: what the environment can say, and how a slip is answered."""

import pytest

from outcry.config import BadSettings, Settings, read_settings


def test_empty_environment_gives_the_defaults() -> None:
    assert read_settings({}) == Settings()
    assert read_settings({"PATH": "/bin", "OUTCRY_FAILPOINT": "before_append"}) == Settings()


def test_rooms_are_set_by_their_names() -> None:
    settings = read_settings(
        {
            "OUTCRY_PORT": "9",
            "OUTCRY_PIPELINE_QUEUE_COMMANDS": "77",
            "OUTCRY_PROCESS_DRAIN_TIMEOUT_S": "1.5",
            "OUTCRY_GATEWAY_ORIGINS": "https://a.example,https://b.example",
            "OUTCRY_GATEWAY_SIGN_IN_DOMAINS": "a.example,b.example:8443",
        }
    )
    assert (settings.port, settings.pipeline.queue_commands) == (9, 77)
    assert settings.process.drain_timeout_s == 1.5
    assert settings.gateway.origins == ("https://a.example", "https://b.example")
    assert settings.gateway.sign_in_domains == ("a.example", "b.example:8443")


@pytest.mark.parametrize(("value", "core"), [("1", "reference"), ("0", ""), ("", "")])
def test_pure_chooses_the_reference_core(value: str, core: str) -> None:
    assert read_settings({"OUTCRY_PURE": value}).core == core


def test_pure_wins_over_the_named_core() -> None:
    both = {"OUTCRY_PURE": "1", "OUTCRY_CORE": "compiled"}
    assert read_settings(both).core == "reference"
    assert read_settings(dict(reversed(both.items()))).core == "reference"


def test_misspelt_name_stops_the_start_and_names_the_nearest() -> None:
    with pytest.raises(BadSettings, match="OUTCRY_PROT is not a setting; did you mean OUTCRY_PORT"):
        read_settings({"OUTCRY_PROT": "8000"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("OUTCRY_PORT", "eighty"), ("OUTCRY_PORT", "65536"), ("OUTCRY_CORE", "fast")],
)
def test_impossible_value_stops_the_start(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name.removeprefix("OUTCRY_").lower()):
        read_settings({name: value})


def test_development_mode_cannot_be_switched_on_by_a_variable() -> None:
    with pytest.raises(BadSettings):
        read_settings({"OUTCRY_GATEWAY_DEVELOPMENT": "true"})


def test_maker_of_the_demo_can_be_left_out() -> None:
    assert read_settings({}).demo.maker
    assert not read_settings({"OUTCRY_DEMO_MAKER": "false"}).demo.maker


def test_limits_are_set_by_their_names_and_make_sense() -> None:
    settings = read_settings({"OUTCRY_LIMITS_IP_WEIGHT_1M": "77"})
    assert (settings.limits.ip_weight_1m, settings.limits.orders_10s) == (77, None)
    with pytest.raises(BadSettings, match="ip_weight_1m"):
        read_settings({"OUTCRY_LIMITS_IP_WEIGHT_1M": "0"})
