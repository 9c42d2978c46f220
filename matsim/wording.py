"""What each kind of event is called in a sentence, and what a run is called.

Names in braces are filled from the event and its inputs.
"""

UNTITLED = "A scenario without a title"


def heading(title: str, year: int) -> str:
    """What a run is called: its scenario's title with the first school year, `England, from 2018/19`.

    Titles of the project's scenarios name no year, since the start year and the files decide it; a title that names
    the year stays as it is.
    """
    title = title or UNTITLED
    return title if str(year) in title else f"{title}, from {year}/{(year + 1) % 100:02d}"


SAID: dict[str, str] = {
    "seek": "{school} decided to look for a trust ({reason})",
    "stay": "{school} came close to looking for a trust, and did not",
    "bid": "{trust} offered to take on {school}",
    "hold": "{trust} took on no schools: {reason}",
    "decline": "{trust} and {school} did not come together ({reason})",
    "approve": "the commissioner approved {school} joining {trust}",
    "refuse": "the commissioner refused {school} joining {trust}",
    "order": "{school} was ordered to become an academy",
    "unplaced": "no trust would take {school}, which waits {value} years after it was ordered to convert",
    "open": "{school} opened in {trust}",
    "join": "{school} joined {trust} ({reason})",
    "convert": "{school} became an academy in a trust of its own",
    "found": "{trust} became a multi-academy trust",
    "leave": "{school} tried to leave {trust}: its belief in the trust is down to {value}, below {threshold}",
    "transfer": "{school} moved to {trust} from {other} ({reason})",
    "merge": "{trust} merged into {other}",
    "close a school": "{school} closed ({reason})",
    "close a trust": "{trust} closed ({reason})",
    "inspect": "{school} was inspected: {after}, after {before}",
    "warn": "the CEO of {trust} saw a break point coming in {reason}: {value} of what its way of working carries",
    "reach": "{trust} reached a break point in {reason}: {value} times what its way of working carries",
    "respond": "{trust} began to answer a break point in {reason}, at a cost of £{cost}",
    "resolve": "{trust} has a new way of working in place for {reason}",
    "miss": "{trust} went another year past its break point in {reason}",
    "hire": "{trust} filled posts in its central team: {after} where it had {before}, for a need of {need}",
    "shed": "{trust} gave up posts in its central team: {after} where it had {before}, for a need of {need}",
    "vision": "{trust} was drawn around {reason}, {value} points a statement from the nearest group's profile",
    "approach": "{trust} brought its newcomers into line by {reason}, which gave their quality {value} sd this year",
    "cohere": "how well {trust} fits together passed the middle ({value} from {threshold}); weakest: {reason}",
    "distance": "distance took {value} of the improvement support that {trust} had for its schools",
    "cost": "{trust}, having grown, spends {value} of a maintained school's back-office cost ({reason})",
    "govern": "{trust} now governs its clusters by {reason}",
    "surplus": "{school} came to fill only {value} of its places",
    "flag": "{trust} has come to {value} of the five performance flags ({reason})",
    "help": "local help has come to save {trust} {value} posts",
    "retrench": "the local authority with code {reason} is down to {value} of what it could once do",
    "disagree": "people in {trust} came to differ more: {value} points between quartiles, from {threshold}",
    "evaluate": "the cluster of {trust} around {school} evaluated itself at stage {value} of 3, from {threshold}",
    "review": "{trust} reviewed {school} and will work on {reason}",
    "pool": "{trust} pooled its schools' reserves: {value} of income moved between them",
    "cluster": "a cluster of {trust} changed at {school} ({reason})",
    "plan": "{trust}, at {value} schools, drew its growth plan again: {reason}, now towards {target}",
    "standardise": "{trust} drew responsibilities to the centre: {value} of 10 on average, from {threshold}",
    "autonomy": "{school} now has {value} of its autonomy in {trust}, from {threshold}",
    "head left": "the head of {school} left and was not replaced",
    "head appointed": "{school} appointed a head after a vacancy",
    "chief": "{trust} has a new CEO",
    "collaborate": "{school} and its partners: {reason}",
    "plant": "{trust} tested the place around {school} for a new cluster: {value} of the ten points failed, "
    "at most {threshold} may (failed: {reason})",
    "intervene": "the commissioner stepped in at {school} in {trust}: {reason}",
    "policy": "policy changed: {reason}, from {threshold} to {value}",
    "direct": "{trust} was told {reason}{about}",
    "thwart": "{trust} could not do what it was told{about}: {reason}",
    "shock": "a shock struck{about}: {reason}",
}
