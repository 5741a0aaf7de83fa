using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Guildhall.Fabric;
using Guildhall.Memberships;

namespace Guildhall.Networks;

/// <summary>
/// What an administrator of an organization signs so that the organization counts as its account's: an MSP folder is public, and anybody can attach it.
/// The text begins as no message of Fabric can, so that its signature is of use for nothing else.
/// </summary>
/// <param name="Text">What is signed, in UTF-8.</param>
public sealed record PossessionChallenge(string Organization, string MspId, string Text, DateTimeOffset Until)
{
    /// <summary>In protobuf it would be a field of a wire type that there is none of.</summary>
    public const string Prefix = "Guildhall proof of possession, version 1\n";

    /// <summary>How long it can be answered: an administrator may have to be asked first.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private const int NonceLength = 32;

    public static PossessionChallenge New(Party owner, AttachedOrganization organization, DateTimeOffset now)
    {
        var until = now + Lifetime;
        var lines = (string[])
        [
            "This changes no channel. It says that the organization is attached by the account.",
            $"account {owner.AccountName} ({owner.AccountId})",
            $"service {owner.ServiceName} ({owner.ServiceId})",
            $"organization {organization.Name}",
            $"MSP id {organization.Msp.MspId}",
            $"MSP digest {DigestOf(organization.Msp)}",
            $"nonce {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NonceLength))}",
            string.Create(CultureInfo.InvariantCulture, $"until {until.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}"),
        ];
        return new PossessionChallenge(organization.Name, organization.Msp.MspId, Prefix + string.Join('\n', lines.Select(PrintableText.Of)) + "\n", until);
    }

    /// <summary>SHA-256 of the MSP definition, in hex.</summary>
    public static string DigestOf(MspDefinition msp) => Convert.ToHexStringLower(SHA256.HashData(msp.ToBytes()));

    /// <summary>Why the signature does not show that the organization is its signer's; null when it does.</summary>
    /// <param name="at">Certificates are judged at this time.</param>
    public string? WhyNot(MspDefinition msp, string certificatePem, byte[] signature, DateTimeOffset at)
    {
        var identity = new SigningIdentity(msp.MspId, certificatePem);
        var check = msp.Check(identity, at);
        if (check.Signer is not { } signer)
        {
            return $"its certificate is not good for {msp.MspId}: {check.Words}";
        }

        using var certificate = identity.ReadCertificate();
        using var key = certificate.GetECDsaPublicKey();
        return !signer.IsAdmin ? $"its certificate is of {msp.MspId}, and of no administrator there"
            : key?.VerifyData(Encoding.UTF8.GetBytes(Text), signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) != true ? "it is not of this challenge, or by another key than its certificate's"
            : null;
    }
}
