using System.Net;
using Guildhall.Destinations;

namespace Guildhall.Tests.Destinations;

/// <summary>What kind of place an address is, however it is written, and whether it is connected to.</summary>
public sealed class AddressKindsTests
{
    [Fact]
    public void Every_kind_in_every_spelling() => Assert.Equal(
        """
        8.8.8.8                                  Public      yes
        1.1.1.1                                  Public      yes
        172.32.0.1                               Public      yes
        192.169.0.1                              Public      yes
        100.128.0.1                              Public      yes
        2606:4700::1111                          Public      yes
        10.0.0.1                                 Private     yes
        172.16.0.1                               Private     yes
        172.31.255.255                           Private     yes
        192.168.1.1                              Private     yes
        fd12:3456::1                             Private     yes
        100.64.0.1                               Shared      no
        100.127.255.255                          Shared      no
        127.0.0.1                                Loopback    no
        127.255.255.254                          Loopback    no
        ::1                                      Loopback    no
        169.254.0.1                              LinkLocal   no
        fe80::1                                  LinkLocal   no
        febf::1                                  LinkLocal   no
        169.254.169.254                          Metadata    no
        169.254.170.2                            Metadata    no
        168.63.129.16                            Metadata    no
        100.100.100.200                          Metadata    no
        192.0.0.192                              Metadata    no
        fd00:ec2::254                            Metadata    no
        fd20:ce::254                             Metadata    no
        0.0.0.0                                  Reserved    no
        0.1.2.3                                  Reserved    no
        ::                                       Reserved    no
        192.0.2.1                                Reserved    no
        198.18.0.1                               Reserved    no
        198.51.100.1                             Reserved    no
        203.0.113.1                              Reserved    no
        224.0.0.1                                Reserved    no
        239.255.255.255                          Reserved    no
        240.0.0.1                                Reserved    no
        255.255.255.255                          Reserved    no
        ff02::1                                  Reserved    no
        fec0::1                                  Reserved    no
        2001:db8::1                              Reserved    no
        64:ff9b:1::7f00:1                        Reserved    no
        2001:0:4136:e378:8000:63bf:3fff:fdd2     Reserved    no
        ::ffff:127.0.0.1                         Loopback    no
        ::ffff:8.8.8.8                           Public      yes
        ::127.0.0.1                              Loopback    no
        ::ffff:0:127.0.0.1                       Loopback    no
        64:ff9b::127.0.0.1                       Loopback    no
        64:ff9b::169.254.169.254                 Metadata    no
        64:ff9b::8.8.8.8                         Public      yes
        2002:7f00:1::1                           Loopback    no
        2002:a9fe:a9fe::1                        Metadata    no
        2002:808:808::1                          Public      yes
        2606:4700::5efe:127.0.0.1                Loopback    no
        2606:4700::200:5efe:10.0.0.1             Private     yes
        """,
        string.Join('\n', Addresses.Select(text =>
        {
            var address = IPAddress.Parse(text);
            return $"{text,-40} {AddressKinds.Of(address),-11} {(DestinationPolicy.Nodes.WhyNot(address, 7051) is null ? "yes" : "no")}";
        })));

    private static readonly string[] Addresses =
    [
        "8.8.8.8", "1.1.1.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2606:4700::1111",
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd12:3456::1",
        "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "::1", "169.254.0.1", "fe80::1", "febf::1",
        "169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254",
        "0.0.0.0", "0.1.2.3", "::", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "ff02::1", "fec0::1", "2001:db8::1", "64:ff9b:1::7f00:1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::8.8.8.8",
        "2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:808:808::1", "2606:4700::5efe:127.0.0.1", "2606:4700::200:5efe:10.0.0.1",
    ];

    [Theory]
    [InlineData("127.0.0.1", 7051, "is a loopback address, to which this Guildhall does not connect; its operator can open such addresses with fabric.destinations")]
    [InlineData("169.254.169.254", 8080, "is an address at which clouds keep credentials, to which this Guildhall does not connect; its operator can open such addresses with fabric.destinations")]
    [InlineData("10.0.0.1", 22, "has port 22, to which this Guildhall does not connect: use 443, or one from 1024 on")]
    [InlineData("10.0.0.1", 443, null)]
    [InlineData("10.0.0.1", 1024, null)]
    public void Why_not_is_a_sentence(string address, int port, string? why) => Assert.Equal(why, DestinationPolicy.Nodes.WhyNot(IPAddress.Parse(address), port));

    [Theory]
    [InlineData("127.0.0.0/8", "127.0.0.1", true)]
    [InlineData("127.0.0.0/8", "::ffff:127.0.0.1", true)]
    [InlineData("127.0.0.0/8", "::1", false)]
    [InlineData("10.1.0.0/16", "10.1.2.3", true)]
    [InlineData("10.1.0.0/16", "10.2.2.3", false)]
    [InlineData("10.1.0.0/16", "8.8.8.8", false)]
    public void An_operator_can_name_networks_and_nothing_else(string network, string address, bool isOpen)
    {
        var policy = DestinationPolicy.Nodes with { Kinds = [], Networks = [IPNetwork.Parse(network)] };

        Assert.Equal(isOpen, policy.WhyNot(IPAddress.Parse(address), 7051) is null);
    }

    [Theory]
    [InlineData(22, false)]
    [InlineData(443, true)]
    [InlineData(1023, false)]
    [InlineData(1024, true)]
    public void A_network_that_an_operator_names_is_open_at_the_ports_of_others(int port, bool isOpen)
    {
        var policy = DestinationPolicy.Nodes with { Kinds = [], Networks = [IPNetwork.Parse("10.1.0.0/16")] };

        Assert.Equal(isOpen, policy.WhyNot(IPAddress.Parse("10.1.2.3"), port) is null);
    }
}
