using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>An administrator's signature of an update; given anywhere, offline as well.</summary>
public sealed class UpdateSignature
{
    private readonly ByteString header;
    private readonly ByteString signature;

    private UpdateSignature(ByteString header, ByteString signature) => (this.header, this.signature) = (header, signature);

    /// <summary>Signs without asking anything of anyone.</summary>
    /// <exception cref="FabricException">The signer failed.</exception>
    public static async Task<UpdateSignature> CreateAsync(PreparedUpdate update, ISigner signer, CancellationToken cancellationToken)
    {
        var from = Wire.Bytes(Envelopes.NewSignatureHeader(signer.Identity));
        return new UpdateSignature(from, await Envelopes.SignAsync(signer, Signed(from, update), cancellationToken));
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="FabricException">The bytes are no signature.</exception>
    public static UpdateSignature FromBytes(ReadOnlySpan<byte> bytes)
    {
        var message = Wire.Parse(ConfigSignature.Parser, bytes, FabricStep.Sign);
        return new UpdateSignature(message.SignatureHeader, message.Signature);
    }

    /// <summary>Reads the signatures of a file that Fabric's command-line tools signed (peer channel signconfigtx).</summary>
    /// <exception cref="FabricException">The bytes are no envelope with an update.</exception>
    public static (PreparedUpdate Update, ImmutableArray<UpdateSignature> Signatures) FromEnvelope(ReadOnlySpan<byte> bytes)
    {
        var payload = Wire.Parse(Payload.Parser, Wire.Parse(Envelope.Parser, bytes, FabricStep.Sign).Payload, FabricStep.Sign);
        var content = Wire.Parse(ConfigUpdateEnvelope.Parser, payload.Data, FabricStep.Sign);
        return (PreparedUpdate.FromBytes(content.ConfigUpdate.Span), [.. content.Signatures.Select(one => new UpdateSignature(one.SignatureHeader, one.Signature))]);
    }

    /// <summary>Fabric's common.ConfigSignature.</summary>
    public byte[] ToBytes() => ToMessage().ToByteArray();

    /// <summary>Who says to have signed. Nothing of it is checked.</summary>
    /// <exception cref="FabricException">The signature names nobody.</exception>
    public SigningIdentity ReadIdentity()
    {
        var creator = Wire.Parse(SignatureHeader.Parser, header, FabricStep.Sign).Creator;
        var identity = Wire.Parse(SerializedIdentity.Parser, creator, FabricStep.Sign);
        return new SigningIdentity(identity.Mspid, identity.IdBytes.ToStringUtf8());
    }

    /// <summary>Checks it against the update and the channel's organizations, before it is taken in.</summary>
    /// <remarks>A good signature counts only as far as the policies ask for it; see <see cref="SignaturePlan"/>.</remarks>
    public SignatureCheck Check(PreparedUpdate update, ChannelConfiguration channel, DateTimeOffset at)
    {
        SigningIdentity identity;
        try
        {
            identity = ReadIdentity();
        }
        catch (FabricException problem)
        {
            return SignatureCheck.Refused(SignatureProblem.Unreadable, problem.Message);
        }

        if (channel.Msp(identity.MspId) is not { } msp)
        {
            return SignatureCheck.Refused(SignatureProblem.Stranger, $"{identity.MspId} is not an organization of channel {channel.Channel}.");
        }

        var check = msp.Check(identity, at);
        if (check.Signer is not { } signer)
        {
            return SignatureCheck.Refused(Of(check.Problem!.Value), $"The certificate is not good for {identity.MspId}: {check.Words}.");
        }

        return WhyNotSigned(update, identity) is { } why ? SignatureCheck.Refused(why.Problem, why.Words) : new SignatureCheck(signer, null, null);
    }

    internal ConfigSignature ToMessage() => new() { SignatureHeader = header, Signature = signature };

    private static byte[] Signed(ByteString header, PreparedUpdate update) => [.. header.Span, .. update.Bytes.AsSpan()];

    private static SignatureProblem Of(IdentityProblem problem) => problem switch
    {
        IdentityProblem.NotAMember => SignatureProblem.Stranger,
        IdentityProblem.Expired => SignatureProblem.Expired,
        IdentityProblem.NotYetValid => SignatureProblem.NotYetValid,
        IdentityProblem.Revoked => SignatureProblem.Revoked,
        _ => SignatureProblem.Unreadable,
    };

    private (SignatureProblem Problem, string Words)? WhyNotSigned(PreparedUpdate update, SigningIdentity identity)
    {
        using var certificate = identity.ReadCertificate();
        using var key = certificate.GetECDsaPublicKey()!;
        if (!key.VerifyData(Signed(header, update), signature.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))
        {
            return (SignatureProblem.WrongSignature, $"The signature is not one of this update by this certificate. Sign the update with digest {update.Digest}.");
        }

        return Ecdsa.IsLowS(signature.Span, key)
            ? null
            : (SignatureProblem.HighS, "The signature is right but not low-S: Fabric takes only signatures whose s is in the lower half of the curve's order. Sign with a tool that makes them so, or replace s by n-s.");
    }
}

/// <summary>Whose signature it is, or why it is refused.</summary>
public sealed record SignatureCheck(Signer? Signer, SignatureProblem? Problem, string? Words)
{
    internal static SignatureCheck Refused(SignatureProblem problem, string words) => new(null, problem, words);
}

public enum SignatureProblem
{
    /// <summary>Its bytes, its certificate or its key cannot be read.</summary>
    Unreadable,

    /// <summary>The organization is not in the channel, or the certificate is not of the organization.</summary>
    Stranger,

    Expired,
    NotYetValid,
    Revoked,

    /// <summary>Of the two forms of a signature it is the one that Fabric refuses.</summary>
    HighS,

    /// <summary>It is of something else, or by another key.</summary>
    WrongSignature,
}
