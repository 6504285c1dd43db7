"""The shapes of all kinds that one world is planted with: the usual ones, or a test's own."""

from __future__ import annotations

from dataclasses import dataclass

from sources.workload.planting.parameters import (
    COMPROMISED_TERMINAL,
    FAN_IN,
    FAN_OUT,
    LANDLORD,
    LARGE_AMOUNT,
    PAYROLL,
    RAPID,
    SMURFING,
    STOLEN_CARD,
    STRUCTURING,
    TAKEOVER,
    TONTINE_POT,
    CompromisedTerminal,
    FanIn,
    FanOut,
    Landlord,
    LargeAmount,
    Payroll,
    Rapid,
    Smurfing,
    StolenCard,
    Structuring,
    Takeover,
    TontinePot,
)


@dataclass(frozen=True)
class Shapes:
    """A shape for each kind, by the kind's name."""

    large_amount: LargeAmount = LARGE_AMOUNT
    compromised_terminal: CompromisedTerminal = COMPROMISED_TERMINAL
    stolen_card: StolenCard = STOLEN_CARD
    account_takeover: Takeover = TAKEOVER
    structuring: Structuring = STRUCTURING
    rapid_movement: Rapid = RAPID
    fan_in: FanIn = FAN_IN
    fan_out: FanOut = FAN_OUT
    smurfing: Smurfing = SMURFING
    benign_tontine_pot: TontinePot = TONTINE_POT
    benign_payroll: Payroll = PAYROLL
    benign_landlord: Landlord = LANDLORD


USUAL = Shapes()
