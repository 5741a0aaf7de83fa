using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Guildhall.Fabric;
using Guildhall.Programs;
using Guildhall.Sealing;

namespace Guildhall.Networks;

/// <summary>Signs in the names of the identities that services have given Guildhall to hold. Safe for concurrent use.</summary>
/// <param name="keys">Open the keys that are in the store.</param>
/// <param name="program">Holds the keys that are not in the store; null where the operator has configured none.</param>
/// <param name="programs">How many of it may run.</param>
/// <param name="environment">What it is handed of the environment; null for <see cref="ProgramEnvironment.OfSigner"/>.</param>
public sealed class Signers(StoreKeys keys, string? program = null, ProgramQuota? programs = null, ProgramEnvironment? environment = null)
{
    /// <summary>Whose a sealed key is: it opens for that certificate only.</summary>
    public static string OwnerOf(string mspId, string certificatePem) => $"{mspId}\n{certificatePem.Trim()}";

    /// <summary>The signer of the identity. A key that the store holds is in memory for as long as the signer is not disposed.</summary>
    /// <exception cref="OperatorException">The key cannot be had; the message says what the operator has to change.</exception>
    public ISigner Of(HeldIdentity identity)
    {
        var known = new SigningIdentity(identity.MspId, identity.CertificatePem);
        return identity.KeyName is { } name
            ? new ProgramSigner(program ?? throw new OperatorException($"The key {name} of {identity.MspId} is with a signing program, and this Guildhall knows none. Set fabric.signer to it."), name, known, programs, environment)
            : Open(identity.MspId, identity.CertificatePem, identity.SealedKey!, identity.DataKey, key => new KeySigner(known, key));
    }

    /// <summary>The service's network as it is dialled: every orderer and peer is shown the client certificate that mutual TLS asks for, where the service has one.</summary>
    /// <exception cref="OperatorException">The certificate's key cannot be had, or the profile is one that an earlier version took.</exception>
    public ConnectionProfile Dial(Attachment attachment)
    {
        var profile = Read(attachment.Profile);
        var tls = attachment.Organizations.Select(organization => organization.Client?.Tls ?? organization.Administrator?.Tls).FirstOrDefault(found => found is not null);
        return tls is null ? profile : Dial(profile, TlsOf(tls));
    }

    private static ConnectionProfile Read(string profile)
    {
        try
        {
            return ConnectionProfile.Parse(profile);
        }
        catch (FormatException problem)
        {
            throw new OperatorException($"The service has to be attached again with another connection profile. {problem.Message}");
        }
    }

    internal static ConnectionProfile Dial(ConnectionProfile profile, X509Certificate2 certificate)
    {
        return profile with { Orderers = [.. profile.Orderers.Select(Showing)], Peers = [.. profile.Peers.Select(Showing)] };

        ProfileNode Showing(ProfileNode node) => node with { Endpoint = node.Endpoint with { ClientCertificate = certificate } };
    }

    /// <summary>Seals an identity that was handed in and found good.</summary>
    internal static HeldIdentity Hold(string mspId, GivenIdentity given, DataKey key) =>
        new(mspId, given.CertificatePem, given.KeyPem is null ? null : Seal(mspId, given.CertificatePem, given.KeyPem, key), given.KeyName)
        {
            Tls = given.Tls is null ? null : new HeldTlsCertificate(mspId, given.Tls.CertificatePem, Seal(mspId, given.Tls.CertificatePem, given.Tls.KeyPem, key)),
        };

    private X509Certificate2 TlsOf(HeldTlsCertificate held) =>
        Open(held.MspId, held.CertificatePem, held.SealedKey, held.DataKey, key => X509Certificate2.CreateFromPem(held.CertificatePem, key));

    private static string Seal(string mspId, string certificatePem, string keyPem, DataKey key)
    {
        var plain = Encoding.UTF8.GetBytes(keyPem);
        var text = key.Seal(plain, OwnerOf(mspId, certificatePem));
        CryptographicOperations.ZeroMemory(plain);
        return text;
    }

    private T Open<T>(string mspId, string certificatePem, string sealedKey, WrappedKey? with, Func<ReadOnlySpan<char>, T> use)
    {
        using var key = keys.Open(with ?? throw new OperatorException($"The key of {mspId} does not open: the store has no data key for it. Attach the service again, with its keys."));
        byte[]? plain = null;
        char[]? pem = null;
        try
        {
            plain = key.Open(sealedKey, OwnerOf(mspId, certificatePem));
            pem = Encoding.UTF8.GetChars(plain);
            return use(pem);
        }
        catch (CryptographicException) when (pem is null)
        {
            throw new OperatorException($"The key of {mspId} does not open: the store was changed. Attach the service again, with its keys.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            Array.Clear(pem ?? []);
        }
    }
}
