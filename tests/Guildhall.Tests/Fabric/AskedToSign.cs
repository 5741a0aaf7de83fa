using Guildhall.Fabric;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Storage;

namespace Guildhall.Tests.Fabric;

/// <summary>A change of a recorded channel that an organization of the inviter's is asked to sign, without a network.</summary>
internal static class AskedToSign
{
    public const string Id = "019b0000-0000-7000-8000-000000000001";

    private static readonly TestOrganization Organization = new("Org3MSP");

    private static readonly ChannelConfiguration Channel = Recording.After(new ChannelChange { Add = [Organization.Joining] });

    private static readonly PreparedUpdate Update = PreparedUpdate.For(Channel, new ChannelChange { Remove = ["Org2MSP"] })!;

    private static readonly Lazy<Task<UpdateSignature>> Signing = new(() => UpdateSignature.CreateAsync(Update, Organization.Admin, default));

    /// <summary>The signature that is asked for, in base64; empty until somebody was asked.</summary>
    public static string Signature { get; private set; } = "";

    /// <summary>One of another change.</summary>
    public static string ForgedSignature { get; private set; } = "";

    public static async Task AskAsync(TestService service)
    {
        var other = PreparedUpdate.For(Channel, new ChannelChange { Remove = ["Org1MSP"] })!;
        ForgedSignature = Convert.ToBase64String((await UpdateSignature.CreateAsync(other, Organization.Admin, default)).ToBytes());
        Signature = Convert.ToBase64String((await Signing.Value).ToBytes());
        var now = service.Clock.GetUtcNow();
        var enactment = new Enactment(service.Inviter.ServiceId, "BCSSVC010200000000000000000001", "channel", IsOpen: true, Round: 1, Channel, Update, now);
        var request = new SignatureRequest(
            service.Inviter.ProjectId, Id, enactment.InviterServiceId, enactment.OperationId, enactment.ChannelName, "Org3MSP",
            Round: 1, SignatureState.Waiting, Signatures: [], Reason: null, now, AnsweredAt: null);
        await service.Store.WriteAsync<Done>(
            async transaction =>
            {
                await transaction.SaveAsync(enactment, default);
                await transaction.AskAsync(request, default);
                return new Done();
            },
            default);
    }
}
