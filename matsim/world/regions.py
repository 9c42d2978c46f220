"""Places in England: which region a local authority is in, before September 2022 and since, and where the sea is.

Assumed: the membership of the eight regions is from general knowledge. A published list was not found; only
Croydon, the City of London and Doncaster are known from published school records. A file that has the column
`RSCRegion (name)` is believed before this list. The membership of the nine is that of the file of May 2018, column
`GOR (name)`, where no authority is in two; authorities founded since are where those that they were made from are.
The outline of England is a coarse hand-drawn one, kept some ten kilometres out to sea and over the borders, enough to
notice coordinates that are mistyped or exchanged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from matsim.world.base import DFE_REGIONS, REGIONS, RSC_REGIONS

type Floats = NDArray[np.float64]

GRID_LIMITS = (80_000, 656_000, 5_000, 658_000)
"""Eastings and northings between which England lies: west, east, south, north, in metres."""

LONE_KM, LONE_AMONG = 40.0, 20
"""A school this far from every other of its local authority, where that has so many, is taken for misplaced.
In the file of May 2018 none is further than 17 km from the next."""

_MEMBERS: dict[str, str] = {
    "North West London and South-Central England": """
        201 City of London; 202 Camden; 205 Hammersmith and Fulham; 206 Islington; 207 Kensington and Chelsea;
        213 Westminster; 302 Barnet; 304 Brent; 307 Ealing; 308 Enfield; 309 Haringey; 310 Harrow;
        312 Hillingdon; 313 Hounslow; 820 Bedfordshire; 821 Luton; 822 Bedford; 823 Central Bedfordshire;
        825 Buckinghamshire; 826 Milton Keynes; 867 Bracknell Forest; 868 Windsor and Maidenhead;
        869 West Berkshire; 870 Reading; 871 Slough; 872 Wokingham; 919 Hertfordshire; 928 Northamptonshire;
        931 Oxfordshire; 940 North Northamptonshire; 941 West Northamptonshire""",
    "South East England and South London": """
        203 Greenwich; 208 Lambeth; 209 Lewisham; 210 Southwark; 212 Wandsworth; 303 Bexley; 305 Bromley;
        306 Croydon; 314 Kingston upon Thames; 315 Merton; 318 Richmond upon Thames; 319 Sutton;
        845 East Sussex; 846 Brighton and Hove; 850 Hampshire; 851 Portsmouth; 852 Southampton; 886 Kent;
        887 Medway; 921 Isle of Wight; 936 Surrey; 938 West Sussex""",
    "East of England and North East London": """
        204 Hackney; 211 Tower Hamlets; 301 Barking and Dagenham; 311 Havering; 316 Newham; 317 Redbridge;
        320 Waltham Forest; 873 Cambridgeshire; 874 Peterborough; 881 Essex; 882 Southend-on-Sea;
        883 Thurrock; 926 Norfolk; 935 Suffolk""",
    "East Midlands and the Humber": """
        370 Barnsley; 371 Doncaster; 372 Rotherham; 373 Sheffield; 810 Kingston upon Hull;
        811 East Riding of Yorkshire; 812 North East Lincolnshire; 813 North Lincolnshire; 830 Derbyshire;
        831 Derby; 855 Leicestershire; 856 Leicester; 857 Rutland; 891 Nottinghamshire; 892 Nottingham;
        925 Lincolnshire""",
    "Lancashire and West Yorkshire": """
        340 Knowsley; 341 Liverpool; 342 St Helens; 343 Sefton; 344 Wirral; 350 Bolton; 351 Bury;
        352 Manchester; 353 Oldham; 354 Rochdale; 355 Salford; 359 Wigan; 380 Bradford; 381 Calderdale;
        382 Kirklees; 383 Leeds; 384 Wakefield; 876 Halton; 877 Warrington; 888 Lancashire;
        889 Blackburn with Darwen; 890 Blackpool""",
    "North of England": """
        390 Gateshead; 391 Newcastle upon Tyne; 392 North Tyneside; 393 South Tyneside; 394 Sunderland;
        805 Hartlepool; 806 Middlesbrough; 807 Redcar and Cleveland; 808 Stockton-on-Tees;
        815 North Yorkshire; 816 York; 840 Durham; 841 Darlington; 909 Cumbria; 929 Northumberland;
        942 Cumberland; 943 Westmorland and Furness""",
    "South West England": """
        420 Isles of Scilly; 800 Bath and North East Somerset; 801 Bristol; 802 North Somerset;
        803 South Gloucestershire; 835 Dorset (before 2019); 836 Poole; 837 Bournemouth; 838 Dorset;
        839 Bournemouth, Christchurch and Poole; 865 Wiltshire; 866 Swindon; 878 Devon; 879 Plymouth;
        880 Torbay; 908 Cornwall; 916 Gloucestershire; 933 Somerset""",
    "West Midlands": """
        330 Birmingham; 331 Coventry; 332 Dudley; 333 Sandwell; 334 Solihull; 335 Walsall; 336 Wolverhampton;
        356 Stockport; 357 Tameside; 358 Trafford; 860 Staffordshire; 861 Stoke-on-Trent; 875 Cheshire;
        884 Herefordshire; 885 Worcestershire; 893 Shropshire; 894 Telford and Wrekin; 895 Cheshire East;
        896 Cheshire West and Chester; 937 Warwickshire""",
}

_GOR_REGION = {
    "north east": "North of England",
    "north west": "Lancashire and West Yorkshire",
    "yorkshire and the humber": "Lancashire and West Yorkshire",
    "east midlands": "East Midlands and the Humber",
    "west midlands": "West Midlands",
    "east of england": "East of England and North East London",
    "london": "North West London and South-Central England",
    "south east": "South East England and South London",
    "south west": "South West England",
}
"""Of the eight, the one with the most schools of each of the nine; six of the nine were divided (gias-2018)."""

_MOST_OF = {
    "North West London and South-Central England": "South East",
    "South East England and South London": "South East",
    "East of England and North East London": "East of England",
    "East Midlands and the Humber": "East Midlands",
    "Lancashire and West Yorkshire": "North West",
    "North of England": "North East",
    "South West England": "South West",
    "West Midlands": "West Midlands",
}
"""Of the nine, the one with the most schools of each of the eight (gias-2018)."""

_DFE_MEMBERS: dict[str, str] = {
    "North East": """
        390 391 392 393 394 805 806 807 808 840 841 929""",
    "North West": """
        340 341 342 343 344 350 351 352 353 354 355 356 357 358 359 875 876 877 888 889 890 895 896 909 942
        943""",
    "Yorkshire and The Humber": """
        370 371 372 373 380 381 382 383 384 810 811 812 813 815 816""",
    "East Midlands": """
        830 831 855 856 857 891 892 925 928 940 941""",
    "West Midlands": """
        330 331 332 333 334 335 336 860 861 884 885 893 894 937""",
    "East of England": """
        820 821 822 823 873 874 881 882 883 919 926 935""",
    "London": """
        201 202 203 204 205 206 207 208 209 210 211 212 213 301 302 303 304 305 306 307 308 309 310 311 312
        313 314 315 316 317 318 319 320""",
    "South East": """
        825 826 845 846 850 851 852 867 868 869 870 871 872 886 887 921 931 936 938""",
    "South West": """
        420 800 801 802 803 835 836 837 838 839 865 866 878 879 880 908 916 933""",
}
"""Codes of the authorities in each of the nine."""

AUTHORITY_SINCE = {838: 2019.25, 839: 2019.25, 940: 2021.25, 941: 2021.25, 942: 2023.25, 943: 2023.25}
"""Codes of authorities founded since 2018, and when (decimal year): a file that has them is not older."""

_OUTSIDE_CODES = frozenset(range(660, 682)) | frozenset(range(701, 709)) | {0}
"""Local authority codes used for Wales, the Channel Islands, the Isle of Man, service schools and none."""

# Kilometres on the National Grid, clockwise from the Isles of Scilly.
_OUTLINE = np.array(
    """70,0 75,25 120,45 175,85 210,140 240,160 300,160 345,180 340,200 310,230 310,330 320,350 320,375
    305,390 310,430 300,460 280,515 305,575 340,590 370,625 370,650 400,668 430,640 445,580 470,540 530,500
    555,460 560,400 575,360 630,355 670,320 668,280 650,230 660,170 645,125 570,85 490,80 450,62 375,55
    310,60 285,22 235,35 205,20 170,0""".replace(",", " ").split(),
    dtype=np.float64,
).reshape(-1, 2)


def _read_members() -> tuple[dict[int, int], dict[int, str]]:
    regions: dict[int, int] = {}
    names: dict[int, str] = {}
    for region, members in _MEMBERS.items():
        for member in members.split(";"):
            code, name = member.strip().split(" ", 1)
            regions[int(code)] = RSC_REGIONS.index(region)
            names[int(code)] = " ".join(name.split())
    return regions, names


_REGION_OF, _NAME_OF = _read_members()
_DFE_REGION_OF = {int(code): REGIONS.index(name) for name, codes in _DFE_MEMBERS.items() for code in codes.split()}


def rsc_region(la_code: int) -> int | None:
    """Index into RSC_REGIONS of a local authority by its three-digit code; None for a code not in England."""
    return _REGION_OF.get(la_code)


def named_region(name: str) -> int | None:
    """Index into RSC_REGIONS of a region as files spell it (hyphens and capitals do not matter), or None."""
    wanted = _plain(name)
    return next((i for i, region in enumerate(RSC_REGIONS) if _plain(region) == wanted), None)


def gor_region(name: str) -> int | None:
    """Index into RSC_REGIONS of where most of a government office region fell, or None for another name."""
    region = _GOR_REGION.get(_plain(name))
    return None if region is None else RSC_REGIONS.index(region)


def dfe_region(la_code: int) -> int | None:
    """Code in REGIONS of the one of the nine that a local authority is in; None for a code not in England."""
    return _DFE_REGION_OF.get(la_code)


def named_dfe_region(name: str) -> int | None:
    """Code in REGIONS of one of the nine as files spell it (hyphens and capitals do not matter), or None."""
    wanted = _plain(name)
    return next((REGIONS.index(region) for region in DFE_REGIONS if _plain(region) == wanted), None)


def main_dfe_region(region: int) -> int:
    """Code in REGIONS of the one of the nine that has the most schools of one of the eight (gias-2018)."""
    return REGIONS.index(_MOST_OF[RSC_REGIONS[region]])


def la_name(la_code: int) -> str:
    """Name of a local authority; 'Local authority 999' for a code that is not known."""
    return _NAME_OF.get(la_code, f"Local authority {la_code}")


def outside(la_code: int) -> bool:
    """Whether a local authority code stands for a place that is not in England."""
    return la_code in _OUTSIDE_CODES


def in_england(easting: Floats, northing: Floats) -> NDArray[np.bool_]:
    """Whether points lie within GRID_LIMITS and the coarse outline of England. Metres; shape (n,)."""
    west, east, south, north = GRID_LIMITS
    box = (easting >= west) & (easting <= east) & (northing >= south) & (northing <= north)
    x, y = easting / 1000.0, northing / 1000.0
    inside = np.zeros(x.shape, dtype=np.bool_)
    for (x0, y0), (x1, y1) in zip(_OUTLINE, np.roll(_OUTLINE, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        spans = (y0 > y) != (y1 > y)
        # a point is inside when a ray to the east crosses the outline an odd number of times
        inside ^= spans & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return box & inside


def misplaced(easting: Floats, northing: Floats, la: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Points over LONE_KM from every other of their local authority, where that has LONE_AMONG or more.

    Metres; shape (n,). Points with a negative `la` are not looked at.
    """
    lone = np.zeros(len(la), np.bool_)
    codes, counts = np.unique(la, return_counts=True)
    for code in codes[(codes >= 0) & (counts >= LONE_AMONG)]:
        members = np.flatnonzero(la == code)
        xy = np.column_stack([easting[members], northing[members]])
        distance, _ = cKDTree(xy).query(xy, k=[2])
        lone[members] = distance[:, 0] > LONE_KM * 1000.0
    return lone


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("-", " ").split())
