"""What `make run PARAMETERS=` sets is in the template that is deployed."""

import pytest

from infra.local.deployment.__main__ import chosen
from infra.local.deployment.stack import DeploymentFailed
from infra.local.deployment.template import Template


def template() -> Template:
    return {"Parameters": {"LogLevel": {"Default": "INFO"}, "ServiceCalls": {"Default": ""}}}


def test_given_parameters_are_defaults_and_ones_own_come_before_them() -> None:
    assert chosen(template(), "")["Parameters"]["LogLevel"]["Default"] == "DEBUG"
    own = chosen(template(), "LogLevel=ERROR ServiceCalls='web>auth auth>db'")["Parameters"]
    assert (own["LogLevel"]["Default"], own["ServiceCalls"]["Default"]) == ("ERROR", "web>auth auth>db")


def test_a_parameter_that_the_template_does_not_have_is_named() -> None:
    with pytest.raises(DeploymentFailed, match="no parameter LogLvl"):
        chosen(template(), "LogLvl=ERROR")
