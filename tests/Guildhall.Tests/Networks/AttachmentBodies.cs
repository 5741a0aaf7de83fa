using System.Text;
using System.Text.Json.Nodes;
using Guildhall.Fabric;
using Guildhall.Networks;
using Guildhall.Tests.Fabric;

namespace Guildhall.Tests.Networks;

/// <summary>Requests that attach services.</summary>
internal static class AttachmentBodies
{
    /// <summary>An organization whose administrators sign for themselves, and whose nodes are nowhere yet.</summary>
    public static JsonObject Detached(TestOrganization organization) => new()
    {
        ["profile"] = Profile(organization),
        ["organizations"] = new JsonArray(new JsonObject
        {
            ["name"] = "organization",
            ["msp_id"] = organization.MspId,
            ["msp"] = new JsonObject(organization.MspFolder().Select(file => KeyValuePair.Create(file.Key, (JsonNode?)Encoding.UTF8.GetString(file.Value)))),
        }),
    };

    /// <summary>The answer to a challenge, as guildhall sign writes it.</summary>
    public static async Task<string> AnswerAsync(KeySigner signer, string challenge) => new JsonObject
    {
        ["organization"] = "organization",
        ["certificate"] = signer.Identity.CertificatePem,
        ["signature"] = Convert.ToBase64String(await signer.SignAsync(Encoding.UTF8.GetBytes(challenge), default)),
    }.ToJsonString();

    public static JsonObject Identity(TestCertificate certificate) => new() { ["certificate"] = certificate.Pem, ["key"] = certificate.KeyPem };

    /// <summary>A connection profile with these nodes.</summary>
    public static string Profile(TestOrganization organization, IEnumerable<NodeEndpoint>? orderers = null, params NodeEndpoint[] peers) => ProfileText.Write(new ConnectionProfile(
        "test",
        null,
        [new ProfileOrganization(organization.MspId, organization.MspId, [.. peers.Select((_, i) => $"peer{i}")])],
        [.. (orderers ?? []).Select((node, i) => new ProfileNode($"orderer{i}", node))],
        [.. peers.Select((node, i) => new ProfileNode($"peer{i}", node))],
        []));

    public static OrganizationFiles Files(TestOrganization organization, GivenIdentity? administrator = null, GivenIdentity? client = null) => new(
        "organization", organization.MspId, [.. organization.MspFolder().Select(file => (file.Key, Encoding.UTF8.GetString(file.Value)))], administrator, client);

    public static GivenIdentity Given(TestCertificate certificate) => new(certificate.Pem, certificate.KeyPem, null);
}
