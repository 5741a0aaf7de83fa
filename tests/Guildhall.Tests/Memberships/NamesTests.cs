using Guildhall.Memberships;

namespace Guildhall.Tests.Memberships;

/// <summary>Nobody takes a name that another could be taken for.</summary>
public sealed class NamesTests
{
    [Theory]
    [InlineData("harbor-trade")]
    [InlineData("Société Générale")]
    [InlineData("Ministry of Ships & Co. (EU)")]
    [InlineData("港口贸易")]
    [InlineData("港口 Trade 一号")]
    [InlineData("トヨタ自動車")]
    [InlineData("한국은행")]
    [InlineData("Рога и копыта")]
    [InlineData("בנק ישראל")]
    [InlineData("cn-north-4")]
    [InlineData("Nguyễn")]
    public void Names_that_people_have_may_be_taken(string name) => Assert.Null(NameProfile.WhyNot(name));

    [Theory]
    [InlineData("mill\u202Eoc", "has U+202E, which cannot be seen or does not belong into a name")]
    [InlineData("mi\u200Bll", "has U+200B, which cannot be seen or does not belong into a name")]
    [InlineData("mill\uFE0F", "has U+FE0F, which cannot be seen or does not belong into a name")]
    [InlineData("mi\u00ADll", "has U+00AD, which cannot be seen or does not belong into a name")]
    [InlineData("mill\u3164", "has U+3164, which cannot be seen or does not belong into a name")]
    [InlineData("mill\U000E0041", "has U+E0041, which cannot be seen or does not belong into a name")]
    [InlineData("mill\u2028co", "has U+2028, which cannot be seen or does not belong into a name")]
    [InlineData("mill\u00A0co", "has U+00A0, which cannot be seen or does not belong into a name")]
    [InlineData("mill\u001b[31m", "has U+001B, which cannot be seen or does not belong into a name")]
    [InlineData("mill\uE000", "has U+E000, which cannot be seen or does not belong into a name")]
    [InlineData("mill/admin", "has a slash, which separates names from each other")]
    [InlineData("mill  co", "has two spaces in a row, which look like one")]
    [InlineData("ｍｉｌｌ", "has U+FF4D, which is another form of a plainer character; use that")]
    [InlineData("𝐦ill", "has U+1D426, which is another form of a plainer character; use that")]
    [InlineData("ﬁne", "has U+FB01, which is another form of a plainer character; use that")]
    [InlineData("港\uF9BE", "has U+F9BE, which is another form of a plainer character; use that")]
    [InlineData("m\u0336\u0337\u0338ill", "stacks accents, which cover what is beside them")]
    [InlineData("\u0336mill", "stacks accents, which cover what is beside them")]
    [InlineData("mіll", "mixes letters of several scripts, which may look alike")]
    [InlineData("миll", "mixes letters of several scripts, which may look alike")]
    [InlineData("mill٣", "mixes letters of several scripts, which may look alike")]
    [InlineData("αβγ港", "mixes letters of several scripts, which may look alike")]
    public void Names_that_deceive_may_not(string name, string why) => Assert.Equal(why, NameProfile.WhyNot(name));

    [Theory]
    [InlineData("alice-co", "aIice-co")]
    [InlineData("alice-co", "ALICE-CO")]
    [InlineData("alice-co", "a1ice-co")]
    [InlineData("alice-co", "аӏісе-со")]
    [InlineData("bank-10", "bank-lo")]
    [InlineData("bank-10", "bank‑10")]
    [InlineData("modern", "modem")]
    [InlineData("cafe", "café")]
    [InlineData("café", "cafe\u0301")]
    [InlineData("nguyen", "nguyễn")]
    [InlineData("OPEC", "ОРЕС")]
    [InlineData("OPEC", "ΟΡΕC")]
    [InlineData("日本工口", "日本エロ")]
    [InlineData("wave", "vvave")]
    [InlineData("mill", "mill")]
    public void Names_that_look_alike_are_found(string taken, string name)
    {
        Assert.Equal(taken, LookAlike.Find(name, ["another", taken]));
        Assert.Equal([(name, taken)], LookAlike.FindAll([name], ["another", taken]));
        Assert.Equal([(name, taken)], LookAlike.FindAll(["another", taken, name], []));
    }

    [Theory]
    [InlineData("mall", "mail")]
    [InlineData("org1", "org2")]
    [InlineData("harbor", "harbour")]
    [InlineData("港口", "港囗")]
    [InlineData("service-11", "service-1")]
    public void Names_that_differ_to_the_eye_are_not(string taken, string name) => Assert.Null(LookAlike.Find(name, [taken]));
}
