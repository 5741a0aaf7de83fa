using Guildhall.Fabric;
using Guildhall.Networks;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Networks;

/// <summary>A tenant's slow signing program is in the way of its own signatures only.</summary>
public sealed class ProgramQuotaTests : IDisposable
{
    private static readonly TestOrganization Org1 = new("Org1MSP");
    private static readonly byte[] Message = "an update to be signed"u8.ToArray();

    private readonly TemporaryFolder folder = new();
    private readonly TestCertificate admin = Org1.Authority.Issue("admin", "admin");
    private readonly FakeClock clock = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Real programs that do not end. Seen failing, by never ending, without the quota.</summary>
    [Fact]
    public async Task Slow_programs_of_one_account_are_few_and_another_account_signs_beside_them()
    {
        folder.Write("admin.pem", admin.KeyPem);
        var path = folder.Write("signer", $"#!/bin/sh\ncase $1 in slow/*) cat > /dev/null; exec sleep 600;; esac\nexec openssl dgst -sha256 -sign '{folder.Path}/admin.pem'\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var quota = new ProgramQuota(clock);
        using var leaving = new CancellationTokenSource();
        var slow = Enumerable.Range(0, ProgramQuota.MostOfOne).Select(_ => Signer("slow/admin").SignAsync(Message, leaving.Token).AsTask()).ToArray();

        var refused = await Assert.ThrowsAsync<OperatorException>(async () => await Signer("slow/other/key").SignAsync(Message, default));
        Assert.Equal("The signing program, asked for key slow/other/key, is not started: 4 of this account run already.", refused.Message);
        Assert.NotEmpty(await Signer("quick/admin").SignAsync(Message, default));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(slow));
        Assert.Equal(0, quota.Running);

        ProgramSigner Signer(string key) => new(path, key, new SigningIdentity("Org1MSP", admin.Pem), quota);
    }

    [Fact]
    public void All_accounts_together_run_so_many_and_one_that_ends_makes_room()
    {
        var quota = new ProgramQuota(clock);
        var running = Enumerable.Range(0, ProgramQuota.MostAtOnce).Select(n => Enter($"account-{n}")).ToList();

        Assert.Equal("is not started: 16 run already", WhyNot("another"));
        running[0].Dispose();
        running[0].Dispose(); // makes no more room than once
        Enter("another");
        Assert.Equal("is not started: 16 run already", WhyNot("yet another"));

        IDisposable Enter(string account)
        {
            var room = quota.Enter(account, out var whyNot);
            Assert.Null(whyNot);
            return room;
        }

        string? WhyNot(string account)
        {
            quota.Enter(account, out var whyNot).Dispose();
            return whyNot;
        }
    }

    [Fact]
    public void One_account_starts_so_many_in_a_minute()
    {
        var quota = new ProgramQuota(clock);
        for (var i = 0; i < ProgramQuota.StartsPerMinute; i++)
        {
            Assert.Null(Start("busy"));
        }

        Assert.Equal("is not started: it was started 120 times for this account within a minute", Start("busy"));
        Assert.Null(Start("other"));
        clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Null(Start("busy"));
        Assert.NotNull(Start("busy"));

        string? Start(string account)
        {
            quota.Enter(account, out var whyNot).Dispose();
            return whyNot;
        }
    }
}
