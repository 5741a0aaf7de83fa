using Guildhall.Networks;
using Guildhall.Sealing;
using Guildhall.Tests.Fabric;

namespace Guildhall.Tests.Networks;

/// <summary>What is found before a service is attached, on paper: nothing listens here.</summary>
public sealed class AttachmentTests
{
    private static readonly TestOrganization Org1 = new("Org1MSP");
    private static readonly TestOrganization Org2 = new("Org2MSP");
    private static readonly DataKey Seal = DataKey.New("account", 1);
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static readonly Dictionary<string, (OrganizationFiles Organization, string Finding)> Broken = new(StringComparer.Ordinal)
    {
        ["another organization's name"] = (AttachmentBodies.Files(Org1) with { Name = "workshop" }, "Failed Organization workshop is no organization of service mill, which has organization."),
        ["an MSP id that the profile does not have"] = (AttachmentBodies.Files(Org2), "Failed Organization organization has the MSP id Org2MSP, which the connection profile does not name; its organizations have Org1MSP."),
        ["an MSP id that Fabric refuses"] = (AttachmentBodies.Files(Org1) with { MspId = "Org_1" }, "Failed Organization organization has the MSP id \"Org_1\", which Fabric takes for no channel."),
        ["an MSP folder without authorities"] = (AttachmentBodies.Files(Org1) with { Files = [] }, "Failed Msp organization Org1MSP has no certificate authority."),
        ["a certificate that is none"] = (AttachmentBodies.Files(Org1) with { Files = [("cacerts/ca.pem", "none")] }, "Failed Msp organization cacerts/ca.pem holds no certificate in PEM."),
        ["a client as administrator"] = (WithAdministrator(Org1.Authority.Issue("client", "client")), "Failed Administrator organization its certificate is of Org1MSP, and of no administrator there (its units: client)."),
        ["another organization's administrator"] = (WithAdministrator(Org2.Authority.Issue("admin", "admin")), "Failed Administrator organization its certificate is not good for Org1MSP: "),
        ["an administrator whose certificate has expired"] = (WithAdministrator(Org1.Authority.Issue("admin", "admin", until: Now.AddMinutes(-1))), "Failed Administrator organization its certificate is not good for Org1MSP: it expired on "),
        ["the key of another certificate"] = (WithAdministrator(Org1.Authority.Issue("admin", "admin") with { KeyPem = Org1.Authority.Issue("other", "admin").KeyPem }), "Failed Administrator organization The private key is not the one of the certificate that Org1MSP signs with."),
        ["a key that is none"] = (WithAdministrator(Org1.Authority.Issue("admin", "admin") with { KeyPem = "none" }), "Failed Administrator organization The private key cannot be read: "),
        ["a peer as client"] = (AttachmentBodies.Files(Org1, client: AttachmentBodies.Given(Org1.Authority.Issue("peer", "peer"))), "Failed Client organization its certificate is of Org1MSP, and of neither a client nor an administrator (its units: peer): it could not submit."),
        ["an administrator whose certificate soon expires"] = (WithAdministrator(Org1.Authority.Issue("admin", "admin", until: Now.AddDays(7))), "Warning Administrator organization its certificate expires on "),
        ["a key with a program that is not configured"] = (AttachmentBodies.Files(Org1, new GivenIdentity(Org1.Authority.Issue("admin", "admin").Pem, null, "admin")), "Failed Administrator organization its key harbor-trade/admin is with a signing program, and this Guildhall knows none."),
    };

    public static TheoryData<string> BrokenOnes => [.. Broken.Keys];

    [Theory]
    [MemberData(nameof(BrokenOnes))]
    public async Task What_is_wrong_is_found_on_paper(string what)
    {
        var (organization, finding) = Broken[what];

        var inspected = await InspectAsync(organization, NetworkSettings.None);

        Assert.Contains(inspected.Report.Checks, check => $"{check.Outcome} {check.Part} {check.Subject} {check.Words}".StartsWith(finding, StringComparison.Ordinal));
        Assert.All(inspected.Report.Checks.Where(check => check.Outcome != CheckOutcome.Good), check => Assert.NotEqual("", check.Remedy));
        Assert.Equal(finding.StartsWith("Warning", StringComparison.Ordinal), inspected.Report.IsGood);
        Assert.Equal(inspected.Report.IsGood, inspected.Attachment is not null);
    }

    [Fact]
    public async Task Keys_are_sealed_and_come_back_as_signers()
    {
        var (admin, tls) = (Org1.Authority.Issue("admin", "admin"), Org1.TlsAuthority.Issue("client", forTls: true));
        var given = AttachmentBodies.Given(admin) with { Tls = new GivenTlsCertificate(tls.Pem, tls.KeyPem) };
        var attachment = (await InspectAsync(AttachmentBodies.Files(Org1, given), NetworkSettings.None)).Attachment!;
        var (wrapped, signers) = (Seal.Wrap(TestKeys.Key), new Signers(new StoreKeys(TestKeys.File, null, null)));

        var held = attachment.Client! with { DataKey = wrapped, Tls = attachment.Client.Tls! with { DataKey = wrapped } };
        attachment = attachment with { Organizations = [attachment.Organizations[0] with { Administrator = held, Client = held }] };
        using var signer = (IDisposable)signers.Of(held);
        Assert.DoesNotContain("PRIVATE KEY", held.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE KEY", given.ToString(), StringComparison.Ordinal);
        Assert.Empty(signers.Dial(attachment).Orderers);
        using var anothers = DataKey.New("another-account", 1);
        Assert.Contains("the store was changed", Assert.Throws<OperatorException>(() => signers.Of(held with { DataKey = anothers.Wrap(TestKeys.Key) })).Message, StringComparison.Ordinal);
        Assert.Contains("none is named: set store.key_file", Assert.Throws<OperatorException>(() => new Signers(StoreKeys.None).Of(held)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_is_kept_with_its_certificates_and_without_its_keys()
    {
        var profile = $$"""
            client: { organization: Org1, tlsCerts: { client: { key: { pem: "SECRET" } } } }
            organizations: { Org1: { mspid: Org1MSP, peers: [], adminPrivateKey: { pem: "SECRET" } } }
            orderers: { orderer: { url: "grpcs://127.0.0.1:1", grpcOptions: { ssl-target-name-override: orderer.example.com }, tlsCACerts: { path: ca.pem } } }
            """;
        var request = new AttachmentRequest(profile, [AttachmentBodies.Files(Org1)]) { ReadFile = path => path == "ca.pem" ? Org1.TlsAuthority.Pem : "" };

        var (read, _) = ProfileInspection.Run(request, Now);
        var text = ProfileText.Write(read!);

        var again = Guildhall.Fabric.ConnectionProfile.Parse(text);
        Assert.Equal(read!.Orderers[0].Endpoint.TlsAuthorities[0].Thumbprint, again.Orderers[0].Endpoint.TlsAuthorities[0].Thumbprint);
        Assert.Equal(("orderer.example.com", "https://127.0.0.1:1/"), (again.Orderers[0].Endpoint.ServerName, again.Orderers[0].Endpoint.Address.AbsoluteUri));
        Assert.DoesNotContain("SECRET", text, StringComparison.Ordinal);
        Assert.DoesNotContain("ca.pem", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_of_a_million_brackets_is_refused_and_does_no_harm()
    {
        var (profile, found) = ProfileInspection.Run(new AttachmentRequest(new string('[', 1_000_000), []), Now);

        Assert.Null(profile);
        Assert.Equal("The connection profile is nested more than 64 levels deep.", Assert.Single(found).Words);
    }

    private static OrganizationFiles WithAdministrator(TestCertificate certificate) => AttachmentBodies.Files(Org1, AttachmentBodies.Given(certificate));

    private static async Task<Inspected> InspectAsync(OrganizationFiles organization, NetworkSettings settings)
    {
        var inspected = await new AttachmentInspection(settings, new Nodes(settings), TimeProvider.System).RunAsync(
            new AttachedService("id", "mill", "harbor-trade", IsInvitee: true, ["organization"], []),
            new AttachmentRequest(AttachmentBodies.Profile(Org1), [organization]),
            progress: null,
            new UnlimitedLooks(new LookLimits(), TimeProvider.System),
            Seal,
            CancellationToken.None);
        Assert.False(inspected.IsRefused(out _, out var found));
        return found;
    }
}
