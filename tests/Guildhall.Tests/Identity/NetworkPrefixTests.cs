using System.Net;
using Guildhall.Identity;

namespace Guildhall.Tests.Identity;

public sealed class NetworkPrefixTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1/32", "192.0.2.1/32")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1/32", "192.0.2.1/32")]
    [InlineData("64:ff9b::192.0.2.1", "192.0.2.1/32", "192.0.2.1/32")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48")]
    [InlineData("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64", "2001:db8:1::/48")]
    [InlineData("2001:db8:1:3::1", "2001:db8:1:3::/64", "2001:db8:1::/48")]
    [InlineData("fe80::1%2", "fe80::/64", "fe80::/48")]
    [InlineData("::1", "::/64", "::/48")]
    [InlineData("::192.0.2.1", "::/64", "::/48")]
    public void An_address_stands_for_the_network_that_its_host_has_to_itself(string address, string host, string site)
    {
        var prefix = NetworkPrefix.Of(IPAddress.Parse(address));
        Assert.Equal((host, site), (prefix.ToString(), prefix.Site.ToString()));
    }

    [Fact]
    public void Addresses_of_one_network_are_equal_and_others_are_not()
    {
        Assert.Equal(Of("2001:db8::1"), Of("2001:db8::2"));
        Assert.NotEqual(Of("2001:db8::1"), Of("2001:db8:0:1::1"));
        Assert.Equal(Of("2001:db8::1").Site, Of("2001:db8:0:1::1").Site);
        Assert.Equal(Of("192.0.2.1"), Of("::ffff:192.0.2.1"));
        Assert.NotEqual(Of("192.0.2.1"), Of("192.0.2.2"));
        Assert.NotEqual(Of("0.0.0.0"), NetworkPrefix.Of(null));
    }

    [Fact]
    public void Callers_without_an_address_are_of_one_network()
    {
        Assert.Equal(NetworkPrefix.Of(null), NetworkPrefix.Of(null).Site);
        Assert.Equal("-", NetworkPrefix.Of(null).ToString());
    }

    private static NetworkPrefix Of(string address) => NetworkPrefix.Of(IPAddress.Parse(address));
}
