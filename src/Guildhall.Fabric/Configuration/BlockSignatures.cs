using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>Whether a block is signed as a configuration that is known already asks for, which is how Fabric's own peers know a block.</summary>
internal static class BlockSignatures
{
    private const string Policy = "/Channel/Orderer/BlockValidation";
    private const int Most = 200; // signatures that are looked at; each costs a verification

    /// <summary>Null when it is.</summary>
    /// <param name="known">The configuration that was in force when the block was made.</param>
    /// <exception cref="FabricException">The block or the policy cannot be read.</exception>
    public static string? WhyNotSigned(Block block, ChannelConfiguration known, FabricStep step)
    {
        if (!Blocks.HasItsData(block))
        {
            return "it has other content than its header says";
        }

        var metadata = Blocks.SignatureMetadata(block, step);
        var signers = metadata.Signatures.Take(Most)
            .Select(one => SignerOf(one, metadata, block.Header, known, step)).OfType<Signer>()
            .DistinctBy(signer => (signer.MspId, signer.CertificatePem.Trim())).ToArray();
        var policy = known.Policies.Read(Policy);
        try
        {
            return policy.IsMetBy(signers) ? null : $"its signatures are not those that {Policy} asks for: {policy.Words}";
        }
        catch (BudgetSpentException)
        {
            return $"{Policy} is too large to be gone through";
        }
    }

    /// <summary>Null where the signature is wrong, or nobody's of the ordering service.</summary>
    private static Signer? SignerOf(MetadataSignature signature, Metadata metadata, BlockHeader header, ChannelConfiguration known, FabricStep step)
    {
        var (identity, over) = signature.SignatureHeader.IsEmpty && !signature.IdentifierHeader.IsEmpty
            ? (known.FindConsenter(Wire.Parse(IdentifierHeader.Parser, signature.IdentifierHeader, step).Identifier), signature.IdentifierHeader)
            : (IdentityIn(signature, step), signature.SignatureHeader);
        if (identity is null || known.Msp(identity.MspId) is not { } msp || MspDefinition.TryRead(identity.CertificatePem) is not { } certificate)
        {
            return null;
        }

        using (certificate)
        {
            byte[] signed = [.. metadata.Value.Span, .. over.Span, .. Blocks.HeaderBytes(header)];
            return HasSigned(certificate, signed, signature.Signature.Span)
                ? msp.Check(identity, new DateTimeOffset(certificate.NotBefore.ToUniversalTime()).AddSeconds(1)).Signer // like Fabric, which does not mind that an orderer's certificate has expired since
                : null;
        }
    }

    private static bool HasSigned(X509Certificate2 certificate, byte[] signed, ReadOnlySpan<byte> signature)
    {
        try
        {
            using var key = certificate.GetECDsaPublicKey();
            return key?.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) == true;
        }
        catch (CryptographicException)
        {
            return false; // a key or a signature that cannot be read is nobody's
        }
    }

    private static SigningIdentity? IdentityIn(MetadataSignature signature, FabricStep step)
    {
        var creator = Wire.Parse(SignatureHeader.Parser, signature.SignatureHeader, step).Creator;
        var identity = Wire.Parse(SerializedIdentity.Parser, creator, step);
        return new SigningIdentity(identity.Mspid, identity.IdBytes.ToStringUtf8());
    }
}
