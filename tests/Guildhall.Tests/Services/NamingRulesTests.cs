using Guildhall.Services;

namespace Guildhall.Tests.Services;

public sealed class NamingRulesTests
{
    [Theory]
    [InlineData("trade", true)]
    [InlineData("Trade-01", true)]
    [InlineData("1234", true)]
    [InlineData("港口贸易", true)]
    [InlineData("𠀀𠀁𠀂𠀃", true)] // four characters, eight UTF-16 units
    [InlineData("abcd-", true)]
    [InlineData("abcdefghijklmnopqrstuvwx", true)] // 24
    [InlineData("abcdefghijklmnopqrstuvwxy", false)] // 25
    [InlineData("abc", false)]
    [InlineData("𠀀𠀁", false)]
    [InlineData("-abcd", false)]
    [InlineData("ab cd", false)]
    [InlineData("ab_cd", false)]
    [InlineData("ab.cd", false)]
    [InlineData("größe", false)]
    [InlineData("\ud800abc", false)]
    [InlineData("", false)]
    public void A_service_or_an_organization_has_a_name_of_4_to_24_letters_digits_and_hyphens(string name, bool isValid) =>
        Assert.Equal(isValid, NamingRules.IsName(name));

    [Theory]
    [InlineData("channel", true)]
    [InlineData("channel_test", true)] // the reference's own example
    [InlineData("c123", true)]
    [InlineData("abcdefghijklmnopqrstuvwx", true)] // 24
    [InlineData("abcdefghijklmnopqrstuvwxy", false)] // 25
    [InlineData("abc", false)]
    [InlineData("1channel", false)]
    [InlineData("_channel", false)]
    [InlineData("channel_", false)]
    [InlineData("Channel", false)]
    [InlineData("chan-nel", false)]
    [InlineData("chan.nel", false)]
    [InlineData("chännel", false)]
    [InlineData("channel٣", false)] // a digit, not an ASCII one
    [InlineData("", false)]
    public void A_channel_has_a_name_of_4_to_24_lower_case_letters_digits_and_underscores(string name, bool isValid) =>
        Assert.Equal(isValid, NamingRules.IsChannelName(name));
}
