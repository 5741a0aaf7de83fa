using System.Collections.Immutable;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>A change of a channel that is under way: the update that is signed, and what it was prepared on.</summary>
/// <param name="IsOpen">While it is, no other change of the channel is begun.</param>
/// <param name="Round">Counts from 1 how often it was prepared: anew when the channel moved meanwhile in what the update reads or writes.</param>
public sealed record Enactment(
    string InviterServiceId,
    string OperationId,
    string ChannelName,
    bool IsOpen,
    int Round,
    ChannelConfiguration Base,
    PreparedUpdate Update,
    DateTimeOffset PreparedAt)
{
    private SignaturePlan? plan;

    /// <summary>Who must sign, and by which policies. It is worked out once.</summary>
    public SignaturePlan Plan => plan ??= SignaturePlan.For(Update, Base);

    /// <summary>Whether the request was answered with a signature of the update as it is now. More of the organization may be needed.</summary>
    public bool IsSignedBy(SignatureRequest request) =>
        request is { State: SignatureState.Given or SignatureState.Waiting, Signatures.IsEmpty: false } && request.Round == Round;

    /// <summary>Whether it is what would be prepared for the change on the channel as it is now. What it was prepared on then tells who has to sign.</summary>
    public bool IsCurrent(ChannelConfiguration current, ChannelChange change) => current.Sequence == Base.Sequence && Update.IsStillFor(current, change);

    /// <summary>The same round, taken up on the channel as it is now: its bytes are the same, so that whoever has signed them has signed.</summary>
    public Enactment On(ChannelConfiguration current) => this with { IsOpen = true, Base = current, plan = null };

    /// <summary>Whether one of the request's signatures does not count: its certificate has ended or was revoked, or its organization's MSP changed.</summary>
    public bool HasLapsed(SignatureRequest request, DateTimeOffset at) => IsSignedBy(request) && Counting(request, at).Length < request.Signatures.Length;

    /// <summary>Whether the certificate is that of one of the request's signatures. One identity counts once, however often it signs.</summary>
    public bool IsSignedBy(SignatureRequest request, string certificatePem) =>
        IsSignedBy(request) && request.Signatures.Any(signature => signature.ReadIdentity().CertificatePem.Trim() == certificatePem.Trim());

    /// <summary>Those of the requests whose signatures hold at a time: a certificate may have expired since it signed.</summary>
    public IEnumerable<Signer> SignersAmong(IEnumerable<SignatureRequest> requests, DateTimeOffset at) =>
        requests.Where(IsSignedBy).SelectMany(request => request.Signatures).Select(signature => signature.Check(Update, Base, at).Signer).OfType<Signer>();

    /// <summary>The request with a further signature: answered, unless yet another one of the organization could be of use.</summary>
    /// <param name="others">Everyone else who has signed.</param>
    /// <exception cref="FabricException">The policies are too large to be gone through with so many signers.</exception>
    public SignatureRequest With(SignatureRequest request, UpdateSignature signature, IEnumerable<Signer> others, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var signed = request with { State = SignatureState.Given, Signatures = [.. Counting(request, at), signature], Reason = null, HeldBack = null };
        var missing = Plan.After([.. others, .. SignersAmong([signed], at)], cancellationToken);
        return signed with { State = missing.MspIds.Contains(request.MspId) ? SignatureState.Waiting : SignatureState.Given };
    }

    /// <summary>The request as it stands at a time: without signatures that do not count any more, and waiting where one of the organization could be of use.</summary>
    public SignatureRequest AsOf(SignatureRequest request, MissingSignatures missing, DateTimeOffset at)
    {
        if (!IsSignedBy(request) || request.State != SignatureState.Given)
        {
            return HasLapsed(request, at) ? request with { Signatures = Counting(request, at) } : request;
        }

        return HasLapsed(request, at) || missing.MspIds.Contains(request.MspId)
            ? request with { State = SignatureState.Waiting, Signatures = Counting(request, at), AnsweredAt = null, HeldBack = null }
            : request;
    }

    private ImmutableArray<UpdateSignature> Counting(SignatureRequest request, DateTimeOffset at) =>
        IsSignedBy(request) ? [.. request.Signatures.Where(signature => signature.Check(Update, Base, at).Signer is not null)] : [];
}

/// <summary>Whether an organization has signed a change.</summary>
public enum SignatureState
{
    Waiting,
    Given,
    Declined,

    /// <summary>It is no longer needed.</summary>
    Closed,
}

/// <summary>The membership that a change of a channel is for, by the names of its parties.</summary>
/// <param name="IsLeaving">Whether the invitee leaves; else it joins.</param>
public sealed record ChangeReason(string InviterAccount, string InviterService, string InviteeAccount, bool IsLeaving);

/// <summary>An organization is asked to sign a change of a channel.</summary>
/// <param name="ProjectId">Whose it is to answer: the project that has attached the organization, or the inviter's where none has.</param>
/// <param name="Round">Of the enactment's preparation.</param>
/// <param name="Signatures">Fabric's common.ConfigSignature, each by another certificate of the organization. Most policies ask for one.</param>
/// <param name="Reason">Why it was declined, in the organization's words.</param>
public sealed record SignatureRequest(
    string ProjectId,
    string Id,
    string InviterServiceId,
    string OperationId,
    string ChannelName,
    string MspId,
    int Round,
    SignatureState State,
    ImmutableArray<UpdateSignature> Signatures,
    string? Reason,
    DateTimeOffset AskedAt,
    DateTimeOffset? AnsweredAt)
{
    /// <summary>The digest of the update that the asked account has told its kept key to sign; null where it has not.</summary>
    public string? ApprovedDigest { get; init; }

    /// <summary>The same, with its answer taken away, or asked again after it was closed.</summary>
    public SignatureRequest Again => this with { State = SignatureState.Waiting, Signatures = [], AnsweredAt = null, HeldBack = null };

    /// <summary>Why the kept key has not signed what it otherwise would, in a sentence; null where nothing stands against it.</summary>
    public string? HeldBack { get; init; }
}
