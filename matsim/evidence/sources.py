"""Every source that a parameter rests on, by key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A published source: who said it and when, where to find it, and how the figure was obtained.

    `status` is "stated" (printed there), "computed" (from the published data file) or "derived" (arithmetic).
    """

    title: str
    where: str
    status: str = "stated"


SOURCES: dict[str, Source] = {
    "building-trusts": Source(
        "Baars, Menzies, Bowen-Viner, Bernardes, Theobald and Kirk (2018), Building Trusts: MAT leadership "
        "and coherence of vision, strategy and operations",
        "Ambition School Leadership and LKMco, April 2018",
    ),
    "hill-clusters": Source(
        "Hill, Cluster bonds vital as MATs grow",
        "Robert Hill's education blog (cluster definition, checklist)",
    ),
    "hill-networks": Source(
        "Hill, Beyond MATs: how local networks could help accelerate the development of MATs",
        "Robert Hill's education blog (ten areas of local help)",
    ),
    "for-schools": Source(
        "For Schools, Successful schools don't stand alone: school clusters and MATs",
        "fourteen areas of review",
    ),
    "cluster-governance": Source(
        "Cluster development: a rationale for cluster governance, with models of collaboration",
        "Norfolk governor services, 2012",
    ),
    "epi-2017": Source(
        "Andrews (2017), The economic benefits of joining or establishing a multi-academy trust",
        "Education Policy Institute for Stone King and Stone Group, January 2017 (epi.org.uk)",
    ),
    "lga-middle-tier": Source(
        "Bubb, Crossley-Holland, Cordiner, Cousin and Earley (2019), Understanding the middle tier",
        "Local Government Association, 2016/17 costs (sarabubb.com; tes.com)",
    ),
    "davies-2019": Source(
        "Davies, Diamond and Perry (2019), Implications of autonomy and networks for costs and inclusion",
        "Educational Management Administration and Leadership, online 21 November 2019",
    ),
    "gias-2018": Source(
        "Department for Education, Get Information About Schools, May 2018 extract",
        "establishment and group-links files, Open Government Licence v3",
        "computed",
    ),
    "gias-links-2018-2019": Source(
        "Department for Education, Get Information About Schools, group links of 1 May 2018 and 1 June 2019",
        "Open Government Licence v3",
        "computed",
    ),
    "gias-2022": Source(
        "Department for Education, Get Information About Schools, April 2022 extract",
        "openings by year, phase and route; sizes; nearest neighbours",
        "computed",
    ),
    "gias-2024": Source(
        "Department for Education, Get Information About Schools, types and trusts of March 2024",
        "group links of 1 March 2024, with establishments of 2018 brought up to that date; Open Government Licence v3",
        "computed",
    ),
    "gias-links-2024": Source(
        "Department for Education, Get Information About Schools, group links of May 2018, June 2019, January 2020, "
        "January 2022 and 1 March 2024",
        "mainstream academies in open trusts; Open Government Licence v3",
        "computed",
    ),
    "census-2024": Source(
        "Department for Education, Schools, pupils and their characteristics 2020/21 to 2023/24",
        "January 2024: dagdevon.uk and Tes, June 2024; 2021 and 2022: cypnow.co.uk; 2023: Schools Week, June 2023",
    ),
    "scap-2024": Source("Department for Education, School capacity 2023/24", "Tes, unfilled primary places, 2025"),
    "reserves-2024": Source(
        "Kreston UK, academies benchmark report 2025; Education Policy Institute for Tes, 17 May 2024; Department for "
        "Education, academy trust reserves guidance, June 2025",
        "31% of trusts below 5% of income in 2023/24; 13% of MATs in 2022/23, 42% more than the year before; about a "
        "fifth of trusts, via Tes 2 June 2025",
    ),
    "pooling": Source(
        "Kreston UK, academies benchmark reports 2023 and 2024; IMP Software, survey of the end of 2023 (n = 154)",
        "via Schools Week and tes.com",
    ),
    "ceo-tenure": Source(
        "Department for Education, Get Information About Schools, accounting officers of MATs on 1 March 2024",
        "years in post: median 5.7, quartiles 2.8 and 8.2 (2019: 2.8, 1.5 and 4.7)",
        "computed",
    ),
    "ofsted-ages": Source(
        "Ofsted, state-funded schools inspections and outcomes as at 31 August and 31 December 2024",
        "gov.uk: inspections by year; 8% of schools not yet seen under the framework of September 2019",
    ),
    "dfe-meals-by-type": Source(
        "Department for Education, Schools, pupils and their characteristics: free school meals by type of school, "
        "2015/16 to 2020/21",
        "explore-education-statistics.service.gov.uk, permanent data table 50266f29",
    ),
    "dfe-pupils-by-type": Source(
        "Department for Education, Special educational needs in England: pupils by type of school, 2015/16 to 2023/24",
        "explore-education-statistics.service.gov.uk, permanent data table 9e7bff83",
    ),
    "gias-links-2018-2024": Source(
        "Department for Education, Get Information About Schools, group links of May 2018, June 2019, January 2020, "
        "January 2022 and March 2024",
        "special academies 292, 340, 369, 438, 493; alternative provision 121, 133, 145, 157, 163; 16 to 19 45, 51, "
        "56, 63, 70; of which free schools 29 to 108, 41 to 51 and 21 to 34",
        "computed",
    ),
    "ofsted-special": Source(
        "Ofsted on special schools and pupil referral units: never exempt from routine inspection (2011); 92% of "
        "special schools Good or better (2016); 89% lately",
        "tes.com, Outstanding is good enough; schoolsweek.co.uk, 20 April 2016; cypnow.co.uk, Inspections clinic",
    ),
    "dfe-scap-special": Source(
        "Department for Education, School capacity 2022/23 and 2023/24: places and pupils in special schools",
        "explore-education-statistics.service.gov.uk; universitytrends.co.uk and standard.co.uk on each",
    ),
    "ofsted-share": Source(
        "Ofsted, share of schools judged Good or Outstanding, 2009/10 to 2023/24",
        "EPI Ofsted blog; gov.uk, Ofsted main findings 2019, 2022, 2023 and 2024",
    ),
    "ofsted-transitions": Source(
        "Ofsted, management information 2005 to 2020", "consecutive graded inspections of a URN", "computed"
    ),
    "ofsted-intervals": Source(
        "Ofsted, management information 2012 to 2020", "years between graded inspections by grade", "computed"
    ),
    "inadequate-lag": Source(
        "Ofsted management information and GIAS links",
        "last Inadequate grade to sponsored opening",
        "computed",
    ),
    "nao-2018": Source("National Audit Office (2018), Converting maintained schools to academies", "HC 720"),
    "nff": Source("Department for Education, national funding formula minimum levels 2018 to 2022", "Commons Library"),
    "neu-funding": Source("NEU School Cuts, grant funding per pupil 2015/16 to 2020/21", "schoolcuts.org.uk"),
    "ifs-2019": Source("Institute for Fiscal Studies (2019), annual report on education spending", "ifs.org.uk"),
    "top-slice": Source("Schools Week, surveys of top-slices in 2016 and February 2024", "schoolsweek.co.uk"),
    "kreston": Source("Kreston UK, academies benchmark reports 2018 to 2025", "via tes.com and Schools Week"),
    "pay-pressures": Source(
        "National Audit Office (2016), Financial sustainability of schools, HC 850; Schools Week and Tes on pay awards "
        "of 2022 and 2023",
        "£3.0bn of pressures by 2019-20 not funded: employers' pension contributions (September 2015), national "
        "insurance (April 2016), pay; £1,925 for support staff (2022); teachers 5% (2022) and 6.5% (2023), part funded",
    ),
    "energy-bills": Source(
        "NAHT, survey of 1,000 heads on energy bills of 2022-23; Schools Week on academies' bills, September 2022",
        "£26,500 to £53,300 a school expected; academies' bills about three times those of 2020-21",
    ),
    "epi-balances": Source(
        "Education Policy Institute (2018, 2019), School funding pressures and School revenue balances in England",
        "maintained secondaries in deficit 14.3% (2010-11), 8.8% (2013-14), 26.1% (2016-17), 30.3% (2017-18), one in "
        "ten by over 10% of income, £484,000 on average; primaries 5.2%, about 4%, 7.1%, 8%; spent more than their "
        "income in 2016-17: 38% of primary academies, 51% of maintained primaries, 50% and 64% of secondaries",
    ),
    "pfi": Source(
        "Tes, 21 April 2017; Schools Week, 16 June 2023; press of 2023 on PFI contracts of schools",
        "over 900 schools in England; payments of 15% to 20% of some schools' budgets, rising with retail prices",
    ),
    "rescue": Source(
        "Department for Education, Academies sector annual report 2019/20 and 2022/23; Commons Public Accounts "
        "Committee, HC 760 (2018)",
        "2019/20: £31.28m to 83 trusts (3%), £20.84m not repayable; 2022/23: £16m to 49 trusts (2%), at most £1.88m; "
        "via Schools Week and Tes. 165 trusts in cumulative deficit in August 2016, £306,000 on average",
    ),
    "teaching-money": Source(
        "Gibbons, McNally and Viarengo (2018), Journal of the European Economic Association 16; Jackson and "
        "Mackevicius (2024), American Economic Journal: Applied Economics 16",
        "£1,000 more a pupil raises results at eleven by 0.25 pupil sd; $1,000 for four years raises scores by 0.032",
    ),
    "trust-deficits": Source(
        "Department for Education, academies sector accounts; Commons Public Accounts Committee, HC 760 (2018); "
        "National Audit Office (2021), Financial sustainability of schools",
        "trusts in cumulative deficit 5.5% (August 2016), 6.1% (2017), 4.1% (2020), 2.6% (2021); 22% with reserves of "
        "a fifth of income or more in 2019/20; maintained secondaries in cumulative deficit 27%, primaries 10%",
    ),
    "epi-groups": Source(
        "Education Policy Institute (2024), Features of effective school groups",
        "survey of 40 to 80 trusts: nine in ten charge for the centre, about 6% of funding; via edexec.co.uk",
    ),
    "cst-pay": Source("Confederation of School Trusts (2025), executive pay; head pay 2024/25", "via tes.com"),
    "dfe-transfers": Source(
        "Department for Education, Academy transfers and funding 2013/14 to 2023/24",
        "explore-education-statistics",
    ),
    "dfe-grants": Source(
        "Department for Education, support grants for converters and sponsors",
        "govwire 21 March 2024; PQ HL332",
    ),
    "convert-grant-2024": Source(
        "Department for Education, conversion support grant: from September 2024 for groups of three or more (special "
        "schools and alternative provision exempt), none for applications after 20 December 2024",
        "EPM, April 2024 (blog.epm.co.uk); Browne Jacobson (brownejacobson.com); tes.com, November 2024",
    ),
    "free-schools": Source(
        "Department for Education, Get Information About Schools: mainstream free schools by the year they opened, to "
        "2018 from the extract of April 2022, from 2021 from the group links of 1 March 2024",
        "openings after 2023 are assumed (Schools Week, 11 December 2025: 16 of 44 mainstream projects go on)",
        "computed",
    ),
    "pupil-projections": Source(
        "Department for Education, national pupil projections 2023 to 2025: state primary pupils 4,597,000 in 2022, "
        "4,505,330 in 2025 and 4,205,117 in 2030; secondary 3,231,858 in 2025, level to 2026, and 3,135,086 in 2030",
        "explore-education-statistics; educationbusinessuk.net, 18 July 2025",
        "derived",
    ),
    "pupils-by-region": Source(
        "Department for Education, local authorities' forecasts of pupils from 2023-24 to 2028-29: England -0.5%, "
        "London -4.8%, the North East -3.7%, the East Midlands +3.9%; the other regions share what is left",
        "tes.com, 4 April 2025",
        "derived",
    ),
    "trust-funds": Source(
        "Department for Education, Trust Capacity Fund (£24m in 2021-22, £86m to March 2025, £50,000 to £310,000 a "
        "trust; last window withdrawn in November 2024), Trust Establishment and Growth Fund (£10,000 to £50,000)",
        "theaccessgroup.com; brownejacobson.com; hcrlaw.com; junipereducation.org; Schools Week, 17 June 2024",
    ),
    "white-paper-2022": Source(
        "Department for Education (2022), Opportunity for all: most trusts to be on a path to ten schools or 7,500 "
        "pupils",
        "as reported by Eversheds Sutherland, 27 April 2022",
    ),
    "ifs-2026": Source(
        "Institute for Fiscal Studies (2025, 2026), annual reports on education spending: mainstream spending per "
        "pupil 5% higher in real terms in 2025 than in 2019; in 2025-26 funding +2.8%, costs +3.6%",
        "wired-gov.net, 10 January 2025 and 23 January 2026",
    ),
    "kreston-deficits": Source(
        "Kreston UK, academies benchmark reports: trusts with a deficit in the year 26% (2022), 47% (2023), 58 to 60% "
        "(2023/24), 37% (2024/25)",
        "via tes.com and Schools Week; the numbers of the model are fitted to these shares by hand",
        "derived",
    ),
    "p8-2019": Source(
        "Department for Education, Progress 8 in 2019 by school, and by governance",
        "school sd, ICC by trust",
        "computed",
    ),
    "p8-years": Source(
        "Department for Education, Progress 8 in 2018 and 2019 by school (provisional)",
        "state-funded mainstream schools: spread 0.473 (n = 3,182), mean square of standard errors 0.0130, correlation "
        "of the two years 0.86 (n = 2,992), of true values 0.92",
        "computed",
    ),
    "ks2-2019": Source(
        "Department for Education, key stage 2 progress in 2019 by school",
        "mean of reading, writing and mathematics in mainstream schools: spread 2.01 (n = 14,840)",
        "computed",
    ),
    "p8-trusts": Source(
        "Department for Education, Progress 8 by school in 2017, 2018 and 2019 (provisional), with group links of May "
        "2018 and June 2019",
        "mainstream secondaries, predecessors of academies linked; as in matsim/validation/value_added.py; Open "
        "Government Licence v3",
        "computed",
    ),
    "ks2-trusts-2019": Source(
        "Department for Education, key stage 2 progress by school in 2019, with group links of June 2019",
        "mainstream primaries, mean of reading, writing and mathematics; as in matsim/validation/value_added.py; Open "
        "Government Licence v3",
        "computed",
    ),
    "ks2-mats": Source(
        "Department for Education, key stage 2 measures of multi-academy trusts, 2017 to 2019",
        "126 trusts of three or more primaries, reading and mathematics: means correlate 0.71 and 0.62 after one year, "
        "0.53 after two",
        "computed",
    ),
    "ofsted-again": Source(
        "Ofsted grades of schools judged below Good that were judged again, May 2018 to March 2020, by governance",
        "Get Information About Schools and performance tables: primaries in trusts 59.5% of 264, maintained 72.1% of "
        "560; secondaries 44.8% of 174 and 52.7% of 91",
        "computed",
    ),
    "epi-heads": Source(
        "Education Policy Institute (2023), The influence of headteachers on their schools",
        "5,400 secondary heads followed between schools, 2004 to 2019: a head at the 84th percentile in place of one "
        "at the 16th is worth a grade in two GCSE subjects; 0.22 to 0.27 school-level sd for each sd of the head",
        "derived",
    ),
    "nfer-heads": Source(
        "National Foundation for Educational Research (2017), Keeping Your Head",
        "heads below retirement age who stayed in headship in 2015: 92% in primaries, 87% in secondaries",
    ),
    "hill-2015": Source("Hill (2015), counts of MATs from a Department for Education response", "blog, 31 August 2015"),
    "hc-204": Source("House of Commons Education Committee (2017), Multi-academy trusts", "HC 204"),
    "carter": Source("Carter, as reported by ASCL 2016 and tes.com", "top-slice of 5 to 6%, core posts, sizes"),
    "tes-transfers": Source("tes.com, why academies change sponsors, 2017/18", "reasons for 255 transfers"),
    "hcl-7308": Source("House of Commons Library (2017), Regional schools commissioners", "briefing 7308"),
    "dfe-regions": Source(
        "Schools Week (5 August 2022), the nine regions of the Department for Education",
        "in place of eight from September 2022; also tes.com",
    ),
    "rural-schools": Source(
        "Department for Education, Get Information About Schools, May 2018 extract",
        "primary size by place",
        "computed",
    ),
    "dfe-list-2016": Source(
        "Department for Education, open academies on 14 March 2016", "list as described at cogitateit.wordpress.com"
    ),
    "gias-groups": Source(
        "Department for Education, Get Information About Schools, all groups 2022",
        "trusts closed by calendar year",
        "computed",
    ),
    "schools-week-expandables": Source(
        "Schools Week (2017), the Expandables", "trusts that gained five or more schools"
    ),
    "dfe-sponsored": Source(
        "Department for Education, on sponsored academies at the end of 2017", "as reported by Croner-i; PQ 24650"
    ),
    "neu-governance": Source(
        "School governance and inspection outcomes, counts of two full inspections to February 2022",
        "NEU; repository ajb1970/School-governance",
    ),
    "governance-2022": Source(
        "Ofsted grades by governance, April 2022", "Get Information About Schools extract", "computed"
    ),
    "exams-by-governance": Source(
        "Progress 8 and key stage 2 in 2019, percentiles by trust and authority",
        "repository ajb1970/exams-by-governance",
    ),
    "cfr-balances": Source(
        "Department for Education, consistent financial reporting 2014 to 2018",
        "in-year balances of maintained schools open in 2022",
        "computed",
    ),
    "cwsa-2026": Source(
        "Children's Wellbeing and Schools Act 2026 (c. 21), sections 57 (inspection of academy proprietors) and 58 "
        "(duty to make academy orders repealed from 29 June 2026)",
        "legislation.gov.uk/ukpga/2026/21",
    ),
    "coasting": Source(
        "Schools Week on intervention in schools judged below Good twice running, September 2022 to 2024",
        "schoolsweek.co.uk: 17 of the first 218 letters led to an order or a warning notice, 469 letters by late 2023; "
        "written ministerial statement of June 2022: about 900 such schools, 4.3% of all",
        "derived",
    ),
    "dfe-rise": Source(
        "Department for Education, schools eligible for RISE intervention, February and June 2025",
        "explore-education-statistics; gov.uk 9 September 2025; educationbusinessuk.net 29 April 2025: £20m, up to "
        "£100,000 a school; 32 schools in February, 215 in April and 377 in September 2025 of about 640",
    ),
    "teaching-schools": Source(
        "Gu, Rea, Smethem and others (2015), Teaching schools evaluation: final report; Department for Education, "
        "Teaching schools and system leadership, March 2021",
        "gov.uk: 100 designated in 2011, some 600 in 486 alliances by the end of 2015, 733 and 87 hubs in March 2021, "
        "the programme ending that August; no measured overall effect on achievement in alliance schools",
        "derived",
    ),
    "head-register": Source(
        "Changes of named heads in the register of academies, January 2019 to January 2021: primary 11.0% of "
        "single-academy trusts, 16.2% of MATs of one or two, 19.1, 20.2, 20.2 and 20.6% of MATs of 3 to 5, 6 to 10, "
        "11 to 20 and 21 or more; secondary 12.7, 17.8, 20.0, 20.1, 20.2 and 24.5%; sponsored 23.0, converters 17.2%; "
        "23.2% in the year a school moves trust against 19.0%",
        "Department for Education, Get Information About Schools, monthly extracts, Open Government Licence v3",
        "computed",
    ),
    "head-retention": Source(
        "NFER (2017), Keeping Your Head, and DfE (2024), School leadership: heads retained in headship fell from 94 to "
        "92% in primaries and from 91% to 87% in secondaries (2012 to 2015), about ten points lower in the year after "
        "Inadequate; of new primary heads 10.3% leave in the first year and about 6% a year later",
        "nfer.ac.uk; explore-education-statistics.service.gov.uk",
    ),
    "executive-register": Source(
        "Department for Education, Get Information About Schools, named heads of academies, January 2016 to October "
        "2021",
        "schools in MATs whose named head is that of another school of the trust too: 13.0, 14.8, 14.5, 14.4 and 14.3%",
        "computed",
    ),
    "staff-moves": Source(
        "NFER (2017), Teacher dynamics in MATs: moves between schools of one MAT over ten times as common as between "
        "others as far apart, mostly towards more disadvantaged schools",
        "nfer.ac.uk",
    ),
    "teacher-turnover": Source(
        "EPI (2024), turnover of secondary classroom teachers: median authority 14.4%, MATs of fewer than five "
        "secondaries 15.9%, all MATs 16.9%, MATs of ten or more 19.5%; it goes with lower attainment in secondaries, "
        "and not in primaries",
        "epi.org.uk, April 2024",
    ),
    "ronfeldt-2013": Source(
        "Ronfeldt, Loeb and Wyckoff (2013), How teacher turnover harms student achievement: 0.08 pupil sd lower in a "
        "year in which all teachers are new, mathematics",
        "American Educational Research Journal 50(1)",
    ),
    "calibration": Source(
        "Fitted to the targets of matsim/evidence/targets.toml: by hand, and held against a wave of history matching",
        "matsim/evidence/calibrated.toml; docs/calibration.md; matsim calibrate",
        "derived",
    ),
    "trust-growth": Source(
        "Growth and endings of multi-academy trusts, group links of every month from August 2016 to March 2024: net "
        "growth, its spread, who dissolved into whom, who lost schools",
        "Department for Education, Get Information About Schools, all kinds of school, Open Government Licence v3",
        "computed",
    ),
    "growth-pauses": Source(
        "Tes, Inconsistent approach to academy growth shows system out of control, 27 October 2017",
        "answer to a request for information: 58 trusts paused from 2011/12 to October 2017, 13 of them still",
    ),
    "trust-notices": Source(
        "Parliamentary question 49975, 12 November 2016; Bishop Fleming, Investigations and common themes, 2021",
        "financial notices to improve: 1, 1, 18, 7 and 25 issued in 2012 to 2016; 37 open in July 2021",
    ),
    "sponsors-2015": Source(
        "House of Commons Education Committee (2016), The role of Regional Schools Commissioners",
        "HC 401: 139 applications to become a sponsor in 2014/15, 120 approved",
    ),
    "chief-register": Source(
        "Changes of accounting officers of multi-academy trusts from one March to the next, 2019 to 2026: 16.3, 11.9, "
        "11.1, 12.7, 11.9, 10.9 and 11.7%",
        "Department for Education, Get Information About Schools, governance of trusts, Open Government Licence v3",
        "computed",
    ),
}
